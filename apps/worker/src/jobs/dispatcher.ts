import type { Logger } from '@soupcon/model';
import type { JobQueue } from '@soupcon/queue';
import { type Store, system } from '@soupcon/store';
import { Loop } from './loop.ts';
import type { JobSettings } from './settings.ts';

export interface HandOutOptions {
  readonly store: Store;
  readonly queue: JobQueue;
  readonly settings: JobSettings;
  readonly logger: Logger;
}

/** Keeps the queue filled from the ledger, fairly between organizations and never above the window. */
export function startDispatcher({ store, queue, settings, logger }: HandOutOptions): Loop {
  return new Loop({
    name: 'dispatcher',
    everyMs: settings.dispatchMs,
    logger,
    step: async () => {
      const jobs = await store.asSystem((tx) => system.ledger.take(tx, settings.window));
      // Committed before they are added, so that whoever gets one finds it queued. If adding fails, the sweeper will.
      if (jobs.length > 0) await queue.add(jobs);
    },
  });
}
