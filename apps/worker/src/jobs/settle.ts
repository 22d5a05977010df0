import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Logger } from '@soupcon/model';
import { type Store, type SystemTx, system } from '@soupcon/store';
import { type Ending, endingOfError } from './ending.ts';
import type { ScanWork } from './scan-work.ts';
import type { JobSettings } from './settings.ts';

/** What the ledger says of a scan after its attempt; `lost`: it was, or became, somebody else's. */
export type Settled = system.ledger.ScanEnd['state'] | 'waiting' | 'lost';

export interface SettleOptions {
  readonly store: Store;
  readonly work: ScanWork;
  readonly owner: string;
  readonly ending: Ending;
  readonly settings: JobSettings;
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

const patienceMs = 60_000;
const patienceStoppingMs = 5_000;
const pauseMs = 200;

/**
 * Writes how an attempt ended. A database that is away is waited for: the work is done, and until somebody else has
 * taken the scan it counts. What cannot be written otherwise is an error of the attempt.
 */
export async function settle(options: SettleOptions): Promise<Settled> {
  const { store, stopping, settings, logger, work } = options;
  const startedAt = performance.now();
  let { ending } = options;
  if (ending.kind === 'lost') return 'lost';
  for (;;) {
    try {
      const wanted = ending;
      return await store.asSystem((tx) => apply(tx, options, wanted));
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'database_unavailable';
      if (!isAway && ending.kind === 'end' && ending.record !== undefined) {
        logger.error({ err: error }, 'scan not recorded');
        ending = endingOfError(error, work.attempt, settings.retryMs);
        continue;
      }
      if (performance.now() - startedAt > (stopping.aborted ? patienceStoppingMs : patienceMs)) {
        logger.warn({ err: error }, 'scan left to the sweeper');
        return 'lost';
      }
      await sleep(pauseMs);
    }
  }
}

async function apply(tx: SystemTx, { work, owner, settings }: SettleOptions, ending: Ending): Promise<Settled> {
  const { scanId } = work;
  switch (ending.kind) {
    case 'lost':
      return 'lost';
    case 'give-back':
      return system.ledger.giveBack(tx, scanId, owner);
    case 'retry': {
      const { attemptsMax } = settings;
      return system.ledger.retryLater(tx, scanId, owner, ending.reason, { delayMs: ending.delayMs, attemptsMax });
    }
    case 'end': {
      if (!(await system.ledger.finish(tx, scanId, owner, ending.end))) return 'lost';
      await ending.record?.(tx);
      return ending.end.state;
    }
  }
}
