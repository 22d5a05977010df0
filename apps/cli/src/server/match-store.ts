import type { Package } from '@soupcon/model';
import { matchInventory } from '@soupcon/worker';
import type { Matched } from '../pipeline.ts';
import type { ServerContext } from './serve.ts';
import { withStore } from './with-store.ts';

/** Holds packages against the advisories of the service in a data directory, which need not be running. */
export async function matchStore(
  directory: string,
  packages: readonly Package[],
  context: ServerContext,
): Promise<Matched | null> {
  const matched = await withStore(context, directory, (store) => matchInventory(store, packages));
  return matched && { ...matched, warnings: [] };
}
