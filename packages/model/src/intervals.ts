import type { AffectedInterval } from './advisory.ts';

/** How the version in question stands to a bound: -1 below, 0 the same, 1 above, null when they cannot be compared. */
export type OrderTo = (bound: string) => -1 | 0 | 1 | null;

/**
 * Whether an interval holds a version: true, false, or null when that depends on a comparison that cannot be made.
 * A side that says no decides alone: what is below `introduced` is outside whatever the other bound is.
 * An interval without any bound holds everything, also what cannot be parsed.
 */
export function intervalHolds({ introduced, fixed, lastAffected }: AffectedInterval, orderTo: OrderTo): boolean | null {
  const below = introduced === null ? 1 : orderTo(introduced);
  if (below === -1) return false;
  const toFixed = fixed === null ? -1 : orderTo(fixed);
  if (toFixed === 0 || toFixed === 1) return false;
  const toLast = lastAffected === null ? -1 : orderTo(lastAffected);
  if (toLast === 1) return false;
  return below === null || toFixed === null || toLast === null ? null : true;
}
