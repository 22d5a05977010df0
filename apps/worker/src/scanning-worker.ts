import { createInventoryTaker } from '@soupcon/inventory';
import type { Logger } from '@soupcon/model';
import type { Net } from '@soupcon/net';
import type { JobQueue } from '@soupcon/queue';
import type { Sealer, Store } from '@soupcon/store';
import type { WorkerConfig } from './config.ts';
import { startHousekeeper } from './jobs/housekeeper.ts';
import { rematchStale } from './match/rematch-stale.ts';
import type { WorkerMetrics } from './metrics.ts';
import { createConnect } from './scan/connect.ts';
import { createScanRunner } from './scan/runner.ts';
import { type RunningWorker, startWorker } from './worker.ts';

export interface ScanningWorkerOptions {
  readonly config: WorkerConfig;
  readonly store: Store;
  readonly queue: JobQueue;
  /** Opens what organizations gave for their registries. */
  readonly sealer: Sealer;
  /** Judges every address that is pulled from. */
  readonly net: Net;
  readonly logger: Logger;
  readonly metrics?: WorkerMetrics;
}

/** A whole worker: it pulls, reads and stores what the ledger asks for, until it is closed. */
export async function startScanningWorker(options: ScanningWorkerOptions): Promise<RunningWorker> {
  const { config, store, sealer, net, logger } = options;
  // A layer each: more would compete for the same processors, and each may take its heap limit.
  const taker = createInventoryTaker({ threads: config.jobs.concurrency });
  const run = createScanRunner({ store, taker, connect: createConnect({ net, sealer, logger }) });
  const worker = await startWorker({ ...options, run });
  const housekeeper = startHousekeeper({ store, logger });
  const stopping = new AbortController();
  const rematched = rematchStale(store, stopping.signal, logger).catch((error: unknown) => {
    // Findings stay as an older matcher saw them until the next start: known, and no reason to end the worker.
    if (!stopping.signal.aborted) logger.error({ err: error }, 'rematch failed');
  });
  return {
    metrics: worker.metrics,
    close: async () => {
      stopping.abort();
      await Promise.all([worker.close(), housekeeper.close(), rematched]);
      await taker.close();
    },
  };
}
