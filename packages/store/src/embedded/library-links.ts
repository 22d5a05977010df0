import { chmod, mkdir, readFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { errnoOf, isThere } from './faults.ts';

/**
 * The libraries are packed without their symbolic links (`libicuuc.so.60` to `libicuuc.so.60.2`), which an install
 * script makes; where scripts are off it did not, and postgres ends with status 127. Makes the missing ones beside the
 * libraries, or, where that folder cannot be written, in `spare`.
 * @returns the folders that the dynamic loader has to be told of: none where the links are beside the libraries.
 */
export async function linkLibraries({ folder }: Binaries, spare: string): Promise<readonly string[]> {
  const missing = await missingLinks(folder);
  try {
    for (const { name, target } of missing) await makeLink(target, join(folder, 'lib', name));
    return [];
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error))) throw error;
  }
  await mkdir(spare, { recursive: true });
  await chmod(spare, 0o755); // Postgres may run as another user.
  for (const { name, target } of missing) await makeLink(join(folder, 'lib', target), join(spare, name));
  // A library looks for others beside the name it was found by, and there are only links there.
  return [spare, join(folder, 'lib')];
}

/** Links of libraries by the name they need to have and the file beside them that they lead to. */
async function missingLinks(folder: string): Promise<{ name: string; target: string }[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8');
  // `source` is the file and `target` the link, both from the package's root.
  const links = (JSON.parse(text) as { source: string; target: string }[])
    .map(({ source, target }) => ({ name: basename(target), target: basename(source) }))
    .filter(({ name, target }) => name !== target);
  const there = await Promise.all(links.map(({ name }) => isThere(join(folder, 'lib', name))));
  return links.filter((_, index) => !there[index]);
}

/** Another process may make it at the same time; it makes the same. */
async function makeLink(target: string, path: string): Promise<void> {
  try {
    await symlink(target, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
