import type { Completeness } from '@soupcon/model';
import type { FoundPackage } from './cataloger.ts';
import type { Held, MergedImage } from './merged-image.ts';
import { manifestPlace } from './npm/places.ts';
import { baseName, below, parentOf } from './text.ts';

/**
 * Which operating-system package owns which visible file, by canonical path. Databases spell paths as they like
 * (`/bin/bash` where the file is `usr/bin/bash`), so the directory of each is resolved in the merged image; the last
 * component is not: a package that owns a link does not own what it leads to. Where two packages say that they own a
 * file, the first counts.
 *
 * Every owner is taken at its word, also a vendor other than the distribution; telling those apart is yet to come.
 */
export function ownersOf(image: MergedImage, packages: Iterable<FoundPackage>): ReadonlyMap<string, FoundPackage> {
  const owners = new Map<string, FoundPackage>();
  // Most files that packages own are none that was kept: their names tell, which costs less than their places.
  const names = new Set([...image.visible.keys()].map(baseName));
  const directories = new Map<string, string>();
  const directoryOf = (path: string): string => {
    let directory = directories.get(path);
    if (directory === undefined) {
      directory = image.directory(path);
      directories.set(path, directory);
    }
    return directory;
  };
  for (const found of packages) {
    if (found.owns === null) continue;
    for (const spelled of found.owns.files()) {
      if (!names.has(baseName(spelled))) continue;
      const path = below(found.owns.root, spelled.startsWith('/') ? spelled.slice(1) : spelled);
      const slash = path.lastIndexOf('/');
      const place = slash === -1 ? path : below(directoryOf(path.slice(0, slash)), path.slice(slash + 1));
      if (image.visible.has(place) && !owners.has(place)) owners.set(place, found);
    }
  }
  return owners;
}

/**
 * The executables that can be seen, and how many of their bytes are of a known package: owned by a package of the
 * operating system, or in the directory of an installed language package. A file with several names counts once.
 */
export function measureExecutables(
  image: MergedImage,
  owners: ReadonlyMap<string, FoundPackage>,
  packages: Iterable<FoundPackage>,
): Completeness['executables'] {
  const directories = new Set<string>();
  for (const { type, path } of packages) {
    if (type === 'npm' && manifestPlace(path) === 'installed') directories.add(parentOf(path));
  }
  const explained = new Map<Held, boolean>();
  for (const [path, held] of image.visible) {
    if (!held.file.executable || explained.get(held) === true) continue;
    explained.set(held, owners.has(path) || isBelow(path, directories));
  }
  let bytes = 0;
  let explainedBytes = 0;
  for (const [{ file }, isExplained] of explained) {
    bytes += file.size;
    if (isExplained) explainedBytes += file.size;
  }
  return { files: explained.size, bytes, explainedBytes };
}

function isBelow(path: string, directories: ReadonlySet<string>): boolean {
  for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) {
    if (directories.has(parent)) return true;
  }
  return false;
}
