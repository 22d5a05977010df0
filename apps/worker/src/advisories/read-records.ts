import { parseRecord, type RandomAccessFile, readRecord } from '@soupcon/advisories';
import { normaliseName } from '@soupcon/model';
import { system } from '@soupcon/store';
import { nameBytesMax } from '../match/names.ts';
import type { ChangedRecord, FeedRecord } from './plan.ts';

/** Records to read; plain, so that another thread can do it. */
export interface ReadTask {
  readonly feedId: string;
  readonly ecosystem: string;
  /** Of the archive that they are in; null where they are files of their own. */
  readonly fd: number | null;
  readonly records: readonly RecordToRead[];
}

export interface RecordToRead extends ChangedRecord {
  /** What is stored of it; null when nothing is. */
  readonly held: FeedRecord | null;
  /** Of its advisory. */
  readonly id: number;
}

/** Records with the advisories of those that could be read and say anything new. */
export interface Incoming {
  readonly records: readonly FeedRecord[];
  readonly rows: system.staging.AdvisoryRows;
}

export interface ReadRecords {
  /** Those that the feed had none of. */
  readonly fresh: Incoming;
  readonly known: Incoming;
}

const reasonCharactersMax = 300;

/** @param pause called after each record, and awaited. */
export async function readRecords(
  task: ReadTask,
  archive: RandomAccessFile | null,
  pause: () => Promise<void> | undefined = () => undefined,
): Promise<ReadRecords> {
  const [fresh, known] = [new Pile(task), new Pile(task)];
  for (const one of task.records) {
    const pile = one.held === null ? fresh : known;
    if (one.held?.fingerprint === one.fingerprint) pile.addInstant(one.held, one.modified);
    else pile.add(one, await read(one, task.ecosystem, archive));
    await pause();
  }
  return { fresh: fresh.all(), known: known.all() };
}

type Reading = Awaited<ReturnType<typeof readRecord>>;

async function read({ file }: RecordToRead, ecosystem: string, archive: RandomAccessFile | null): Promise<Reading> {
  if (file instanceof Uint8Array) return parseRecord(ecosystem, file);
  if (archive === null) throw new TypeError('A record in an archive is read without one.');
  return readRecord(ecosystem, archive, file);
}

class Pile {
  readonly #records: FeedRecord[] = [];
  readonly #packer: system.staging.AdvisoryPacker;
  readonly #ecosystem: string;

  constructor({ feedId, ecosystem }: ReadTask) {
    this.#packer = new system.staging.AdvisoryPacker(feedId, ecosystem);
    this.#ecosystem = ecosystem;
  }

  /** The same file at a new instant: there is nothing to read. */
  addInstant(held: FeedRecord, modified: string | null): void {
    this.#records.push({ ...held, modified });
  }

  add({ name, fingerprint, modified, held, id }: RecordToRead, reading: Reading): void {
    if ('refused' in reading) {
      const refused = reading.refused.slice(0, reasonCharactersMax);
      const known = modified ?? held?.modified ?? null;
      this.#records.push({ name, fingerprint, modified: known, refused, advisoryId: held?.advisoryId ?? null });
      return;
    }
    const { affected, ...document } = reading.advisory;
    const entries = affected.map((entry) => ({ name: normaliseName(this.#ecosystem, entry.name), entry }));
    const kept = entries.filter((entry) => Buffer.byteLength(entry.name) <= nameBytesMax);
    this.#packer.add(id, document, kept);
    this.#records.push({ name, fingerprint, modified: modified ?? document.modified, refused: null, advisoryId: id });
  }

  all(): Incoming {
    return { records: this.#records, rows: this.#packer.rows() };
  }
}
