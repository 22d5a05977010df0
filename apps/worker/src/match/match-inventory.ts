import { advisoryKeys, matchPackages, unmatchedPackages } from '@soupcon/matcher';
import type { AdvisoryIndex, AdvisorySnapshot, Finding, Package, Unmatched } from '@soupcon/model';
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
    const wanted = new Set(packages.flatMap(advisoryKeys).map(({ ecosystem }) => ecosystem));
    const snapshot = snapshotOf(feeds.filter(({ ecosystem }) => wanted.has(ecosystem)));
    const index: AdvisoryIndex = { lookup, snapshot, ecosystems: (base) => ecosystemsOf(feeds, base) };
    return {
      findings: matchPackages(packages, index),
      snapshot,
      unmatched: unmatchedPackages(packages, index),
    };
  });
}

type Feeds = Awaited<ReturnType<typeof system.feeds.allFeeds>>;

/** Of the feeds that the packages ask for: what another ecosystem has changed says nothing about them. */
function snapshotOf(feeds: Feeds): AdvisorySnapshot {
  const newest = feeds.map((feed) => feed.newest).reduce((a, b) => (a > b ? a : b), '1970-01-01T00:00:00Z');
  return { snapshot: newest, records: feeds.reduce((sum, { records }) => sum + records, 0) };
}

function ecosystemsOf(feeds: Feeds, base: string): ReadonlySet<string> {
  return new Set(feeds.filter(({ ecosystem }) => ecosystem === base).flatMap(({ ecosystems }) => ecosystems));
}
