import { inventoryMadeBy } from '@soupcon/inventory/made-by';
import { matcherVersion } from '@soupcon/matcher';
import { formatPlatform, type Inventory, type ResolvedImage } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';
import { matchStored } from '../match/match-stored.ts';
import { namesOf } from '../match/names.ts';

/**
 * Stores what is in an image, and matches those of its packages that nobody had before, in one transaction: an import of
 * advisories happens before or after it, never between.
 * @returns the image's id.
 */
export async function storeImage(store: Store, image: ResolvedImage, inventory: Inventory): Promise<number> {
  const platform = image.platform && formatPlatform(image.platform);
  return store.asSystem(async (tx) => {
    await system.locks.sharedMatching(tx);
    const packages = await system.packages.savePackages(tx, inventory.packages, matcherVersion, namesOf);
    const id = await system.images.saveImage(tx, { image, platform, inventory, madeBy: inventoryMadeBy }, packages);
    if (packages.added.length > 0) await matchStored(tx, packages.added);
    return id;
  });
}
