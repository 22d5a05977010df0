import { type SystemTx, system } from '@soupcon/store';
import { type MatchChange, matchStored } from '../match/match-stored.ts';
import type { Batch } from './batches.ts';

interface Name {
  readonly ecosystem: string;
  readonly name: string;
}

/** What a batch changed for packages that are stored. */
export interface Applied extends MatchChange {
  readonly packages: number;
}

/**
 * Writes a batch and what it changes for packages that are stored: those found under an old or a new name of what
 * differs are matched again. All in the transaction given, so that findings are never of other advisories than the store's.
 */
export async function applyBatch(tx: SystemTx, feedId: string, { fresh, known, gone }: Batch): Promise<Applied> {
  const names: Name[] = [];
  if (gone.length > 0) names.push(...(await system.staging.dropRecords(tx, feedId, gone)));
  if (known.records.length > 0) {
    names.push(...(await system.staging.replaceRecords(tx, feedId, known.records, known.rows)));
  }
  if (fresh.records.length > 0) {
    await system.staging.insertRecords(tx, feedId, fresh.records, fresh.rows);
    names.push(...fresh.rows.names);
  }
  const distinct = new Map(names.map(({ ecosystem, name }) => [`${ecosystem}\0${name}`, { ecosystem, name }]));
  return rematch(tx, [...distinct.values()]);
}

async function rematch(tx: SystemTx, names: readonly Name[]): Promise<Applied> {
  if (names.length === 0) return { packages: 0, opened: 0, closed: 0 };
  await system.locks.exclusiveMatching(tx);
  const ids = await system.findings.packagesNamed(tx, names);
  return { packages: ids.length, ...(await matchStored(tx, ids)) };
}
