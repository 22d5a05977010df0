import { matcherVersion } from '@soupcon/matcher';
import type { Logger } from '@soupcon/model';
import { type Store, type SystemTx, system } from '@soupcon/store';
import { type MatchChange, matchStored } from './match-stored.ts';
import { namesOf } from './names.ts';

const packagesAtOnce = 500;

/**
 * Judges again what another version of the matcher has judged, some hundred packages in each transaction, until the
 * signal; what is left is found at the next start. Nothing is written when there is none.
 */
export async function rematchStale(store: Store, signal: AbortSignal, logger: Logger): Promise<MatchChange> {
  let [opened, closed, packages] = [0, 0, 0];
  while (!signal.aborted) {
    const done = await store.asSystem(rematchSome);
    if (done === null) break;
    opened += done.opened;
    closed += done.closed;
    packages += done.packages;
  }
  if (packages > 0) logger.info({ packages, opened, closed, matcherVersion }, 'packages matched again');
  return { opened, closed };
}

async function rematchSome(tx: SystemTx) {
  await system.locks.exclusiveMatching(tx);
  const ids = await system.findings.judgedByOthers(tx, matcherVersion, packagesAtOnce);
  if (ids.length === 0) return null;
  const packages = await system.findings.packagesOf(tx, ids);
  await system.findings.replaceNames(
    tx,
    ids,
    packages.flatMap((one) => namesOf(one).map((name) => ({ ...name, packageId: one.id }))),
  );
  return { ...(await matchStored(tx, ids)), packages: ids.length };
}
