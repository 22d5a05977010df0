import { system } from '@soupcon/store';
import type { HandOutOptions } from './dispatcher.ts';
import { Loop } from './loop.ts';

/** Puts right what nobody else will: dead workers' scans, passed deadlines, jobs that the queue has lost. */
export function startSweeper({ store, queue, settings, logger }: HandOutOptions): Loop {
  const { attemptsMax, retryMs, queuedMs, sweepMs } = settings;
  return new Loop({
    name: 'sweeper',
    everyMs: sweepMs,
    logger,
    step: async () => {
      const { queued, ...swept } = await store.asSystem((tx) =>
        system.ledger.sweep(tx, { attemptsMax, delayMs: retryMs, queuedMs }),
      );
      if (Object.values(swept).some((rows) => rows > 0)) logger.info(swept, 'scans swept');
      if (queued.length > 0) await queue.add(queued);
    },
  });
}
