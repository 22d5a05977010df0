import { pacer } from '@soupcon/advisories';
import type { FeedRecord, Plan, StoredRecords } from './plan.ts';
import { type ReadRecords, type ReadTask, type RecordToRead, readRecords } from './read-records.ts';
import { type ReaderThreads, readersMax } from './reader-threads.ts';

/** What one transaction does. */
export interface Batch extends ReadRecords {
  readonly gone: readonly FeedRecord[];
  readonly isLast: boolean;
}

/** Records of a transaction, and their unpacked bytes: what is in memory some times over, and done again when it fails. */
const recordsAtOnce = 2000;
const bytesAtOnce = 16 * 1024 ** 2;
/** Fewer are read before a thread has started. */
const threadsFrom = 1000;

interface Reading {
  readonly feedId: string;
  readonly ecosystem: string;
  readonly stored: StoredRecords;
  readonly signal: AbortSignal;
  readonly threads: ReaderThreads;
  /** Ids for advisories that are new. */
  readonly ids: Iterator<number, unknown>;
}

/**
 * Reads what changed, some thousand records at a time; what is gone comes first. Nothing for a plan without work.
 * @throws {AppError} `aborted` once the signal is, `worker_failed`.
 */
export async function* readBatches(plan: Plan, work: Reading): AsyncGenerator<Batch> {
  const { changed, gone } = plan;
  for (let at = 0; at < gone.length; at += recordsAtOnce) {
    const isLast = changed.length === 0 && at + recordsAtOnce >= gone.length;
    const nothing = await readRecords({ ...work, fd: null, records: [] }, null);
    yield { ...nothing, gone: gone.slice(at, at + recordsAtOnce), isLast };
  }
  const threads = changed.length < threadsFrom ? null : work.threads;
  const pause = pacer(work.signal);
  const ahead = threads === null ? 0 : readersMax;
  const tasks = tasksOf(plan, work);
  const reading: Promise<ReadRecords>[] = [];
  for (let next = tasks.next(); next.done !== true || reading.length > 0; ) {
    for (; next.done !== true && reading.length <= ahead; next = tasks.next()) {
      const read = threads?.read(next.value) ?? readRecords(next.value, plan.archive, pause);
      read.catch(() => undefined); // Told where it is awaited.
      reading.push(read);
    }
    const read = await reading.shift();
    await pause();
    if (read !== undefined) yield { ...read, gone: [], isLast: next.done === true && reading.length === 0 };
  }
}

function* tasksOf({ changed, archive }: Plan, { feedId, ecosystem, stored, ids }: Reading): Generator<ReadTask> {
  let [records, bytes]: [RecordToRead[], number] = [[], 0];
  const task = () => ({ feedId, ecosystem, fd: archive?.fd ?? null, records });
  for (const one of changed) {
    const held = stored.get(one.name) ?? null;
    records.push({ ...one, held, id: held?.advisoryId ?? Number(ids.next().value) });
    bytes += one.size;
    if (records.length < recordsAtOnce && bytes < bytesAtOnce) continue;
    yield task();
    [records, bytes] = [[], 0];
  }
  if (records.length > 0) yield task();
}
