import type { Logger } from '@soupcon/model';
import type { BullWorker, Engine } from './engine.ts';
import type { JobQueue, ScanJob, Workers } from './job-queue.ts';

export interface WorkOptions {
  readonly concurrency: number;
  readonly logger: Logger;
  readonly onError: (error: Error) => void;
}

/** An engine that does not answer while workers are closed is not waited for any longer. */
const closeMsMax = 3_000;
const pingMsMax = 1_000;

/** @throws what the engine throws when it does not answer. */
export async function startWorkers(
  engine: Engine,
  handler: Parameters<JobQueue['work']>[0],
  { concurrency, logger, onError }: WorkOptions,
): Promise<Workers> {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const worker = engine.worker(async ({ data }) => {
    const job = asScanJob(data);
    if (job === null) return logger.warn({}, 'job dropped: not a scan');
    const one = handler(job, stop.signal);
    running.add(one);
    await one.finally(() => running.delete(one));
  }, concurrency);
  worker.on('error', onError);
  try {
    await worker.waitUntilReady();
  } catch (error) {
    await closeWorker(worker, { engine, onError });
    throw error;
  }
  let closed: Promise<void> | undefined;
  const close = async () => {
    // From here on it takes no job; those that it has are told to end.
    await worker.pause(true);
    stop.abort();
    await Promise.allSettled(running);
    await closeWorker(worker, { engine, onError });
  };
  return { close: () => (closed ??= close()) };
}

/** Politely, so that what has ended is gone from the engine, if that is there to be told. */
async function closeWorker(
  worker: BullWorker,
  { engine, onError }: { engine: Engine; onError: WorkOptions['onError'] },
): Promise<void> {
  const isThere = await within(pingMsMax, answers(engine), false);
  const closed = worker.close(!isThere).catch(onError);
  await within(closeMsMax, closed, undefined);
}

async function answers(engine: Engine): Promise<boolean> {
  try {
    await engine.ping();
    return true;
  } catch {
    return false; // Whatever it throws, it is not there.
  }
}

/** What the promise comes to, or `otherwise` when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Others may write to the same Redis. */
function asScanJob(data: unknown): ScanJob | null {
  const { scanId, attempt } = (data ?? {}) as Partial<Record<keyof ScanJob, unknown>>;
  return typeof scanId === 'string' && typeof attempt === 'number' ? { scanId, attempt } : null;
}
