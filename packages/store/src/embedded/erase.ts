import { realpath, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { clusterLink } from './cluster.ts';
import { errnoOf } from './faults.ts';
import { placeName } from './places.ts';

/**
 * Removes a data directory with its cluster, also where that had to lie elsewhere because the server's user cannot reach
 * the directory. Nothing must run on it any more. A link that somebody else made goes, what it leads to stays.
 */
export async function eraseDataDirectory(directory: string): Promise<void> {
  const [own, cluster] = [await resolved(directory), await resolved(clusterLink(directory))];
  if (own !== null && cluster !== null && basename(dirname(cluster)) === placeName(own)) {
    await rm(dirname(cluster), { recursive: true, force: true });
  }
  await rm(directory, { recursive: true, force: true });
}

/** Null when it is not there. */
async function resolved(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
