import { type Store, system } from '@soupcon/store';

/** A feed as it is stored; `importedAt` is when an import last changed anything, RFC 3339 UTC. */
export type FeedStatus = Awaited<ReturnType<typeof system.feeds.allFeeds>>[number];

/** Every feed of the store by its id; none before the first import. */
export async function advisoryStatus(store: Store): Promise<FeedStatus[]> {
  return store.asSystem(system.feeds.allFeeds);
}
