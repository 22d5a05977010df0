import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { eraseDataDirectory } from './erase.ts';
import { placeName } from './places.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'soupcon-erase-')));
afterAll(() => rmSync(root, { recursive: true }));

function directoryWith(name: string, cluster: (directory: string) => string): { directory: string; cluster: string } {
  const directory = join(root, name);
  mkdirSync(directory);
  const path = cluster(directory);
  mkdirSync(path, { recursive: true });
  if (path !== join(directory, 'postgres')) symlinkSync(path, join(directory, 'postgres'));
  return { directory, cluster: path };
}

test('a cluster inside goes with its directory', async () => {
  const { directory } = directoryWith('inside', (own) => join(own, 'postgres'));
  await eraseDataDirectory(directory);
  expect(existsSync(directory)).toBe(false);
});

test('a cluster that had to lie elsewhere goes, too, with the folder that was made for it', async () => {
  const { directory, cluster } = directoryWith('far', (own) => join(root, 'place', placeName(own), 'postgres'));
  await eraseDataDirectory(directory);
  expect([existsSync(directory), existsSync(join(cluster, '..')), existsSync(join(root, 'place'))]).toEqual([
    false,
    false,
    true,
  ]);
});

test('what a link of somebody else leads to stays', async () => {
  const { directory, cluster } = directoryWith('linked', () => join(root, 'theirs', 'postgres'));
  await eraseDataDirectory(directory);
  expect([existsSync(directory), existsSync(cluster)]).toEqual([false, true]);
});

test('a directory that is not there is no fault', async () => {
  await eraseDataDirectory(join(root, 'nothing'));
});
