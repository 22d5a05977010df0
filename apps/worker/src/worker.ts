import type { Logger } from '@soupcon/model';
import type { JobQueue } from '@soupcon/queue';
import type { Store } from '@soupcon/store';
import { startDispatcher } from './jobs/dispatcher.ts';
import { createProcessor } from './jobs/processor.ts';
import type { ScanRunner } from './jobs/scan-work.ts';
import type { JobSettings } from './jobs/settings.ts';
import { startSweeper } from './jobs/sweeper.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';

/** Where those who insert scans say so. */
const channel = 'soupcon_scans';

export interface WorkerOptions {
  readonly config: { readonly jobs: JobSettings };
  readonly store: Store;
  readonly queue: JobQueue;
  readonly run: ScanRunner;
  readonly logger: Logger;
  /** Made when not given. */
  readonly metrics?: WorkerMetrics;
}

export interface RunningWorker {
  readonly metrics: WorkerMetrics;
  /** Begins no more scans, gives back those that are running, and ends when that is written. */
  close(): Promise<void>;
}

/**
 * Works on scans until it is closed. From here on nothing ends it but that: a database or a queue that goes away is
 * waited for.
 * @throws {AppError} `queue_unavailable` when the queue does not answer at the start.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { config, store, queue, run, logger, metrics = createWorkerMetrics(options) } = options;
  const settings = config.jobs;
  let onRoom = () => {};
  const work = createProcessor({ store, run, settings, metrics, logger, onRoom: () => onRoom() });
  const workers = await queue.work(work, { concurrency: settings.concurrency });
  const dispatcher = startDispatcher({ store, queue, settings, logger });
  const sweeper = startSweeper({ store, queue, settings, logger });
  onRoom = () => dispatcher.wake();
  const listening = new AbortController();
  const listener = store.listen(channel, onRoom, listening.signal);
  logger.info({ backend: queue.backend, concurrency: settings.concurrency }, 'worker start');
  return {
    metrics,
    close: async () => {
      listening.abort();
      await Promise.all([dispatcher.close(), sweeper.close()]);
      await workers.close();
      await listener;
      logger.info({}, 'worker end');
    },
  };
}
