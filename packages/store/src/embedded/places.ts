import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '@soupcon/model';
import { type Binaries, readBinaries } from './binaries.ts';
import { errnoOf } from './faults.ts';
import { linkLibraries } from './library-links.ts';

/** The folder for the cluster of a data directory that its user cannot reach; only root may write in it. */
export async function placeOf(place: string, directory: string): Promise<string> {
  return openFolder(place, placeName(directory));
}

/** Tells the folders of several data directories apart. */
export function placeName(directory: string): string {
  return `${basename(directory)}-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
}

/** A copy of the programs that everybody can read, made once for each version. */
export async function copyBinaries(place: string, binaries: Binaries): Promise<Binaries> {
  const folder = join(await openFolder(place, 'programs'), binaries.version);
  const finished = await readBinaries(join(folder, 'native')).catch(() => null); // Not there, or not runnable: copied.
  if (finished !== null) return finished;
  const draft = `${folder}.new-${randomBytes(6).toString('hex')}`;
  try {
    await cp(binaries.folder, join(draft, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeeded });
    await cp(join(dirname(binaries.folder), 'package.json'), join(draft, 'package.json'));
    await openToAll(draft);
    await linkLibraries(await readBinaries(join(draft, 'native')), join(draft, 'links'));
    await rename(draft, folder);
  } catch (error) {
    // Another start was first.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return readBinaries(join(folder, 'native'));
}

/** Files to link other programs with are a fifth of the package, and not run. */
function isNeeded(path: string): boolean {
  return !/\.a$|\/pkgconfig$|\/pgxs$/.test(path);
}

/**
 * @throws {AppError} `data_directory_unusable` when somebody else made the folder: what root runs or trusts cannot lie
 * where another user may exchange it.
 */
async function openFolder(place: string, name: string): Promise<string> {
  for (const folder of [place, join(place, name)]) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const { uid, mode } = await lstat(folder);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
      throw new AppError('data_directory_unusable', { subject: `${folder}: others may write in it` });
    await chmod(folder, 0o755);
  }
  return join(place, name);
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

/** Gives a folder and all in it to a user. */
export async function giveTo(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await giveTo(path, { uid, gid });
    else if (!entry.isSymbolicLink()) await chown(path, uid, gid);
  }
  await chown(folder, uid, gid);
}
