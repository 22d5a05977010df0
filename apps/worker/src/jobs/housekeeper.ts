import type { Logger } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';
import { Loop } from './loop.ts';

/** So long an event that comes again is known to have come before; senders give up far sooner. */
const deliveryDays = 30;
const rowsAtOnce = 10_000;

/** Removes what nobody will ask for again, so that the database does not grow with every notification. */
export function startHousekeeper({ store, logger, everyMs = 3_600_000 }: HousekeeperOptions): Loop {
  return new Loop({ name: 'housekeeper', everyMs, logger, step: () => tidy(store, logger) });
}

export interface HousekeeperOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly everyMs?: number;
}

async function tidy(store: Store, logger: Logger): Promise<void> {
  let [deliveries, gone] = [0, 0];
  do {
    gone = await system.hooks.forget(store.single, { days: deliveryDays, limit: rowsAtOnce });
    deliveries += gone;
  } while (gone === rowsAtOnce);
  if (deliveries > 0) logger.info({ deliveries }, 'old deliveries removed');
}
