import { coverageOf, matchPackages } from '@soupcon/matcher';
import type { AdvisorySnapshot, Finding, Package, Unmatched } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';
import { namesOf } from './names.ts';
import { loadStored } from './stored-index.ts';

export interface InventoryMatch {
  readonly findings: readonly Finding[];
  readonly snapshot: AdvisorySnapshot;
  readonly unmatched: readonly Unmatched[];
}

/**
 * Holds packages that are not in the store against its advisories: what a scan on its own finds, with the same bytes as
 * from the same records in a directory. Writes nothing.
 * @returns null when the store has no advisories at all.
 */
export async function matchInventory(store: Store, packages: readonly Package[]): Promise<InventoryMatch | null> {
  return store.asSystem(async (tx) => {
    const feeds = await system.feeds.allFeeds(tx);
    if (feeds.length === 0) return null;
    const names = new Map(packages.flatMap(namesOf).map((name) => [`${name.ecosystem}\0${name.name}`, name]));
    const { lookup } = await loadStored(tx, [...names.values()]);
    const { unmatched, ...snapshot } = coverageOf(packages, feeds);
    return { findings: matchPackages(packages, { lookup }), snapshot, unmatched };
  });
}
