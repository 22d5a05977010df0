import { AppError, type Logger, silentLogger } from '@soupcon/model';
import { complaints } from './complaints.ts';
import type { BullQueue } from './engine.ts';
import type { JobQueue, ScanJob, Workers } from './job-queue.ts';
import { openPostgresEngine } from './postgres-engine.ts';
import { openRedisEngine } from './redis-engine.ts';
import { startWorkers } from './workers.ts';

export interface QueueSettings {
  /** The owner's connection to a migrated database; jobs are kept there unless `redisUrl` is given. */
  readonly databaseUrl: string;
  readonly redisUrl?: string;
  readonly logger?: Logger;
}

/** @throws {AppError} `queue_unavailable` when the engine does not answer now; later it may come and go. */
export async function openQueue({ databaseUrl, redisUrl, logger = silentLogger }: QueueSettings): Promise<JobQueue> {
  let isClosed = false;
  const complain = complaints(logger);
  // Once it is closed, a server that stops may still tell connections that are about to leave.
  const onError = (error: Error) => {
    if (!isClosed) complain(error);
  };
  const engine = await unlessAway(() =>
    redisUrl === undefined ? openPostgresEngine(databaseUrl, onError) : openRedisEngine(redisUrl, onError),
  );
  const queue = engine.queue();
  queue.on('error', onError);
  const all = new Set<Workers>();
  return {
    backend: engine.backend,
    add: (jobs) => unlessAway(() => add(queue, jobs)),
    work: async (handler, { concurrency }) => {
      const workers = await unlessAway(() => startWorkers(engine, handler, { concurrency, logger, onError }));
      all.add(workers);
      return workers;
    },
    ping: () => unlessAway(() => engine.ping()),
    depth: () => unlessAway(() => queue.getWaitingCount()),
    close: async () => {
      await Promise.all([...all].map((workers) => workers.close()));
      isClosed = true;
      await queue.close();
      await engine.close();
    },
  };
}

/** One call a job: the library's call for many makes temporary tables, which costs more than the few that come at once. */
async function add(queue: BullQueue, jobs: readonly ScanJob[]): Promise<void> {
  await Promise.all(
    jobs.map(({ scanId, attempt }) => queue.add('scan', { scanId, attempt }, { jobId: `${scanId}.${attempt}` })),
  );
}

async function unlessAway<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('queue_unavailable', {
      ...(error instanceof Error && error.message !== '' ? { subject: error.message } : {}),
      cause: error,
    });
  }
}
