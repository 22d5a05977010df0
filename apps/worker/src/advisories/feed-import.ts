import { type Bucket, later, normaliseInstant, readModified } from '@soupcon/advisories';
import { AppError, byKeys, compareText, type Logger } from '@soupcon/model';
import { type Store, type SystemTx, system } from '@soupcon/store';
import { type Applied, applyBatch } from './apply.ts';
import { type Batch, readBatches } from './batches.ts';
import { checkShrinking, type Plan, type StoredRecords } from './plan.ts';
import { planFromArchive } from './plan-archive.ts';
import { planFromList } from './plan-list.ts';
import type { ReaderThreads } from './reader-threads.ts';
import { emptyReport, type FeedReport, type ImportProgress } from './report.ts';

type Feed = system.feeds.Feed;

export interface ImportOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Takes over a feed that lost more than a tenth of its records, too. */
  readonly acceptShrinking?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
}

const examplesMax = 20;
const askAgainMs = 500;

/**
 * Brings one ecosystem of the store to what a place has, in transactions of some thousand records. What one has written
 * stays whatever comes after it, and the next import goes on from there. One import of a feed runs at a time; a second
 * one waits for it.
 * @returns null when the place has nothing of the ecosystem: what is stored of it stays.
 * @throws {AppError} `advisories_unavailable`, `advisories_shrunk`, `aborted`.
 */
export async function importFeed(
  bucket: Bucket,
  ecosystem: string,
  options: ImportOptions,
  threads: ReaderThreads,
): Promise<FeedReport | null> {
  return options.store.asSystem(async (lock) => {
    const feedId = `osv/${ecosystem}`;
    await waitForFeed(lock, feedId, options);
    const feed = await system.feeds.feedOf(lock, feedId);
    const records = await system.feeds.recordsOf(lock, feedId);
    const stored = new Map(records.map((record) => [record.name, record]));
    const plan = await makePlan(bucket, ecosystem, stored, feed);
    if (plan === null) return null;
    try {
      if (options.acceptShrinking !== true) checkShrinking(feedId, stored.size, plan.records);
      return await new FeedImport({
        feedId,
        ecosystem,
        place: bucket.place,
        feed,
        stored,
        plan,
        options,
        threads,
      }).run();
    } finally {
      plan.archive?.close();
    }
  });
}

async function waitForFeed(lock: SystemTx, feedId: string, { logger, signal }: ImportOptions): Promise<void> {
  for (let asked = 0; !(await system.locks.tryFeed(lock, feedId)); asked += 1) {
    if (signal.aborted) throw new AppError('aborted', { subject: `waiting to import ${feedId}`, cause: signal.reason });
    if (asked === 0) logger.info({ feed: feedId }, 'feed busy');
    await new Promise((resolve) => setTimeout(resolve, askAgainMs));
  }
}

/** A list says what changed only against what came from the same place. */
async function makePlan(
  bucket: Bucket,
  ecosystem: string,
  stored: StoredRecords,
  feed: Feed | null,
): Promise<Plan | null> {
  const list = await readModified(bucket, ecosystem);
  const isComparable = bucket.isRemote && list !== null && feed?.place === bucket.place;
  const fromList = isComparable ? await planFromList(bucket, ecosystem, stored, list) : null;
  return fromList ?? planFromArchive(bucket, ecosystem, stored, list);
}

interface FeedWork {
  readonly feedId: string;
  readonly ecosystem: string;
  readonly place: string;
  readonly feed: Feed | null;
  readonly stored: StoredRecords;
  readonly plan: Plan;
  readonly options: ImportOptions;
  readonly threads: ReaderThreads;
}

class FeedImport {
  readonly #work: FeedWork;
  /** Why records cannot be read, by name, as it is once everything is done. */
  readonly #refused = new Map<string, string>();
  /** Ecosystems, in full, of the records that came. */
  readonly #came = new Set<string>();
  #newest: string | null;
  #report: FeedReport;

  constructor(work: FeedWork) {
    const { feedId, ecosystem, stored, plan } = work;
    this.#work = work;
    this.#newest = plan.newest;
    this.#report = { ...emptyReport(feedId, ecosystem), source: plan.source, records: plan.records };
    const gone = new Set(plan.gone.map(({ name }) => name));
    for (const { name, refused, modified } of stored.values()) {
      if (gone.has(name)) continue;
      if (refused !== null) this.#refused.set(name, refused);
      this.#noteInstant(modified);
    }
  }

  async run(): Promise<FeedReport> {
    const { plan, feedId, ecosystem, stored, options, threads } = this.#work;
    const ids = await this.#reserveIds();
    const total = plan.changed.length + plan.gone.length;
    let done = 0;
    await overlapped(
      readBatches(plan, { feedId, ecosystem, stored, signal: options.signal, threads, ids }),
      async (batch) => {
        await this.#apply(batch);
        done += batch.fresh.records.length + batch.known.records.length + batch.gone.length;
        options.onProgress?.({ ecosystem, done, total });
      },
    );
    if (total === 0) await this.#saveFeed(this.#work.feed?.ecosystems ?? []);
    const refused = [...this.#refused].map(([id, reason]) => ({ id, reason }));
    const refusals = [...plan.unnamed, ...refused].sort(byKeys(({ id }) => id));
    return { ...this.#report, refused: { count: refusals.length, examples: refusals.slice(0, examplesMax) } };
  }

  async #reserveIds(): Promise<Iterator<number, unknown>> {
    const { plan, stored, options } = this.#work;
    const count = plan.changed.filter(({ name }) => (stored.get(name)?.advisoryId ?? null) === null).length;
    const ids = count === 0 ? [] : await options.store.asSystem((tx) => system.staging.reserveIds(tx, count));
    return ids.values();
  }

  /** The last batch writes the feed's row, too: a feed that has one lacks nothing, or finds out by its records. */
  async #apply(batch: Batch): Promise<void> {
    const { feedId, options } = this.#work;
    for (const { name, refused, modified } of [...batch.fresh.records, ...batch.known.records]) {
      if (refused === null) this.#refused.delete(name);
      else this.#refused.set(name, refused);
      this.#noteInstant(modified);
    }
    for (const full of batch.fresh.rows.ecosystems) this.#came.add(full);
    const applied = await options.store.asSystem(async (tx) => {
      const change = await applyBatch(tx, feedId, batch);
      if (batch.isLast) await system.feeds.saveFeed(tx, this.#row(await this.#ecosystems(tx)));
      return change;
    });
    this.#count(batch, applied);
  }

  /** Records that came to those of a feed that is whole only add to its ecosystems; else the database has to look. */
  async #ecosystems(tx: SystemTx): Promise<readonly string[]> {
    const { feed, feedId, stored, plan } = this.#work;
    const isWhole = stored.size === (feed?.records ?? 0);
    const onlyCame = plan.gone.length === 0 && plan.changed.every(({ name }) => !stored.has(name));
    if (!isWhole || !onlyCame) return system.feeds.ecosystemsOf(tx, feedId);
    return [...new Set([...(feed?.ecosystems ?? []), ...this.#came])].sort(compareText);
  }

  #count({ fresh, known, gone }: Batch, { packages, opened, closed }: Applied): void {
    const report = this.#report;
    this.#report = {
      ...report,
      outcome: 'imported',
      added: report.added + fresh.records.length,
      changed: report.changed + known.records.length,
      dropped: report.dropped + gone.length,
      packages: report.packages + packages,
      opened: report.opened + opened,
      closed: report.closed + closed,
    };
  }

  /** Where no list says what is newest, the records do. */
  #noteInstant(modified: string | null): void {
    if (this.#work.plan.newest !== null || modified === null) return;
    this.#newest = later(this.#newest, normaliseInstant(modified));
  }

  #row(ecosystems: readonly string[]): Feed {
    const { feedId, ecosystem, place, plan } = this.#work;
    const newest = this.#newest ?? '1970-01-01T00:00:00Z';
    const refused = this.#refused.size + plan.unnamed.length;
    return { id: feedId, ecosystem, place, newest, records: plan.records, refused, ecosystems };
  }

  async #saveFeed(ecosystems: readonly string[]): Promise<void> {
    const { feed, options } = this.#work;
    const row = this.#row(ecosystems);
    if (feed !== null && JSON.stringify(feed) === JSON.stringify(row)) return;
    await options.store.asSystem((tx) => system.feeds.saveFeed(tx, row));
    this.#report = { ...this.#report, outcome: 'imported' };
  }
}

/** Handles each item in order while the next one is made. */
async function overlapped<T>(items: AsyncIterable<T>, handle: (item: T) => Promise<void>): Promise<void> {
  let handling: Promise<void> = Promise.resolve();
  try {
    for await (const item of items) {
      await handling;
      handling = handle(item);
      handling.catch(() => undefined); // Told where it is awaited, at the next turn or at the end.
    }
  } finally {
    await handling;
  }
}
