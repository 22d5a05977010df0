import { readZipEntry, type ZipEntry } from '@soupcon/layers';
import {
  type Advisory,
  type AdvisoryHit,
  type AdvisoryIndex,
  AppError,
  compareText,
  ecosystemBase,
  normaliseName,
  silentLogger,
} from '@soupcon/model';
import { archiveLimits, hintOf, recordsIn, textOf } from './archive.ts';
import type { BucketOptions } from './bucket.ts';
import { openBucket } from './open-bucket.ts';
import { parseOsv, type Wants } from './osv.ts';
import { pacer } from './pacer.ts';
import { mayBeFor, mayName } from './prefilter.ts';
import type { RandomAccessFile } from './random-access-file.ts';
import { later, newestModified, normaliseInstant } from './snapshot.ts';

/** Names wanted, as normalised, by ecosystem without its release. */
export type WantedNames = ReadonlyMap<string, ReadonlySet<string>>;

export interface LoadReport {
  /** Records in the archives read. */
  readonly read: number;
  /** Records that concern a package asked for. */
  readonly kept: number;
  /** Records that may concern one and could not be read; `examples` has the first 20. */
  readonly refused: {
    readonly count: number;
    readonly examples: readonly { readonly id: string; readonly reason: string }[];
  };
  /** Ecosystems asked for that the place does not have, sorted: their packages were not matched. */
  readonly missing: readonly string[];
}

const refusedExamplesMax = 20;

/**
 * Loads what concerns the packages of one scan from a place laid out as the OSV bucket. Records are read one by one, and
 * only those that name a wanted package are parsed, so memory follows what is kept; the event loop is let go every 20 ms.
 * The same data and names give the same index, whatever the order inside the archives.
 * @throws {AppError} `advisories_unavailable` when the place cannot be read, or `aborted`.
 */
export async function loadAdvisories(
  place: string,
  wanted: WantedNames,
  options: BucketOptions = {},
): Promise<{ readonly index: AdvisoryIndex; readonly report: LoadReport }> {
  const { signal, logger = silentLogger } = options;
  const startedAt = performance.now();
  const bucket = await openBucket(place, options);
  const loading = new Loading(wanted, signal);
  const missing: string[] = [];
  const found: string[] = [];
  for (const ecosystem of [...wanted.keys()].sort(compareText)) {
    const archive = await bucket.archive(ecosystem);
    if (archive === null) {
      missing.push(ecosystem);
      continue;
    }
    found.push(ecosystem);
    try {
      await loading.readArchive(ecosystem, archive);
    } finally {
      archive.close();
    }
  }
  if (found.length === 0) await bucket.confirm();
  const snapshot = (await newestModified(bucket, found)) ?? loading.newest ?? '1970-01-01T00:00:00Z';
  const index = loading.index(snapshot);
  const report = { ...loading.report(), missing };
  const { read, kept } = report;
  const durationMs = Math.round(performance.now() - startedAt);
  logger.debug({ read, kept, refused: report.refused.count, missing, durationMs }, 'advisories loaded');
  return { index, report };
}

class Loading {
  readonly #wanted: WantedNames;
  readonly #pause: () => Promise<void> | undefined;
  readonly #hits = new Map<string, Map<string, AdvisoryHit[]>>();
  /** Full texts by ecosystem without its release. */
  readonly #ecosystems = new Map<string, Set<string>>();
  readonly #refused: { id: string; reason: string }[] = [];
  #refusedCount = 0;
  #read = 0;
  #kept = 0;
  /** Of the records kept. */
  newest: string | null = null;

  constructor(wanted: WantedNames, signal: AbortSignal | undefined) {
    this.#wanted = wanted;
    this.#pause = pacer(signal);
  }

  async readArchive(ecosystem: string, archive: RandomAccessFile): Promise<void> {
    const names = this.#wanted.get(ecosystem) ?? new Set();
    this.#ecosystems.set(ecosystem, new Set());
    const wants: Wants = (base, name) => base === ecosystem && names.has(name);
    for (const entry of await recordsIn(ecosystem, archive)) {
      this.#read += 1;
      await this.#readRecord(ecosystem, archive, entry, wants);
      await this.#pause();
    }
  }

  async #readRecord(ecosystem: string, archive: RandomAccessFile, entry: ZipEntry, wants: Wants): Promise<void> {
    const hint = hintOf(entry.name);
    try {
      const text = textOf(await readZipEntry(archive, entry, archiveLimits));
      this.#noteEcosystems(ecosystem, text);
      if (!mayName(text, (name) => wants(ecosystem, normaliseName(ecosystem, name)))) return;
      const parsed = parseOsv(JSON.parse(text), hint, wants);
      if ('refused' in parsed) this.#refuse(parsed.id, parsed.refused);
      else this.#keep(ecosystem, parsed.advisory);
    } catch (error) {
      if (error instanceof SyntaxError) this.#refuse(hint, 'not JSON');
      else if (error instanceof AppError && error.code === 'zip_malformed')
        this.#refuse(hint, error.subject ?? error.message);
      else throw error;
    }
  }

  /** Each text is new once, so next to no record is parsed for it alone. */
  #noteEcosystems(ecosystem: string, text: string): void {
    const known = this.#ecosystems.get(ecosystem);
    if (!mayBeFor(text, (full) => known?.has(full) === false && ecosystemBase(full) === ecosystem)) return;
    for (const full of ecosystemsOf(text, ecosystem)) known?.add(full);
  }

  #refuse(id: string, reason: string): void {
    this.#refusedCount += 1;
    if (this.#refused.length < refusedExamplesMax) this.#refused.push({ id, reason });
  }

  #keep(ecosystem: string, advisory: Advisory): void {
    this.newest = later(this.newest, normaliseInstant(advisory.modified));
    if (advisory.affected.length === 0) return;
    this.#kept += 1;
    const byName = this.#hits.get(ecosystem) ?? new Map<string, AdvisoryHit[]>();
    this.#hits.set(ecosystem, byName);
    for (const affected of advisory.affected) {
      const name = normaliseName(ecosystem, affected.name);
      const hits = byName.get(name);
      if (hits === undefined) byName.set(name, [{ advisory, affected }]);
      else hits.push({ advisory, affected });
    }
  }

  index(snapshot: string): AdvisoryIndex {
    for (const byName of this.#hits.values()) {
      for (const hits of byName.values()) hits.sort(compareHits);
    }
    const hits = this.#hits;
    const ecosystems = new Map(
      [...this.#ecosystems].map(([base, full]) => [base, new Set([...full].sort(compareText))]),
    );
    return {
      lookup: (ecosystem, name) => hits.get(ecosystem)?.get(name) ?? [],
      ecosystems: (base) => ecosystems.get(base) ?? new Set(),
      snapshot: { snapshot, records: this.#read },
    };
  }

  report(): Omit<LoadReport, 'missing'> {
    return { read: this.#read, kept: this.#kept, refused: { count: this.#refusedCount, examples: this.#refused } };
  }
}

/** By id; records that share one by their change, then by all they say: the order inside an archive says nothing. */
export function compareHits({ advisory: a }: AdvisoryHit, { advisory: b }: AdvisoryHit): number {
  if (a === b) return 0;
  return (
    compareText(a.id, b.id) || compareText(a.modified, b.modified) || compareText(JSON.stringify(a), JSON.stringify(b))
  );
}

/** What a record has entries for; nothing when it cannot be read: whether that is worth telling, its names decide. */
function ecosystemsOf(text: string, base: string): string[] {
  try {
    const parsed = parseOsv(JSON.parse(text), '', (ecosystem) => ecosystem === base);
    return 'advisory' in parsed ? parsed.advisory.affected.map(({ ecosystem }) => ecosystem) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
