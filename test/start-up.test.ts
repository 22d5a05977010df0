import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appImage } from './support/app-image.ts';
import { writeLayout } from './support/layout.ts';
import { makePlace, type Place, soupcon } from './support/soupcon.ts';

let place: Place;
beforeAll(async () => {
  place = await makePlace();
});
afterAll(() => place.remove());

/** Modules of a package that a scan of what lies on this machine, to JSON and without advisories, loads at its start. */
const loaded: Readonly<Record<string, readonly string[]>> = {
  'apps/cli': [
    ...['args', 'cli', 'config', 'exit-status', 'io', 'main', 'output', 'pipeline', 'progress', 'scan', 'server-args'],
    ...['server/data-directory', 'steps', 'tool-version', 'words'],
  ],
  'packages/inventory': ['history', 'index', 'packed-index', 'pool', 'take-inventory', 'worker-protocol'],
  'packages/label': ['end-of-life', 'index', 'json', 'label', 'text'],
  'packages/layers': ['limits'],
  'packages/registry': [
    ...['artifact', 'config', 'manifest', 'media-types', 'open', 'platform-choice', 'resolve', 'shape'],
    ...['sources/content', 'sources/layout', 'sources/split-path'],
  ],
};

/** Each costs about a millisecond of every command, and none of the others is of use to this one. */
test('a local scan loads what it uses in the thread that waits, and nothing else', async () => {
  const image = `oci:${await writeLayout(join(place.root, 'image'), appImage)}`;
  const directory = join(place.root, 'coverage');
  const environment = { NODE_V8_COVERAGE: directory };
  const run = await soupcon(['scan', image, '--format', 'json'], { ...place, environment });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const found = (await modulesOfMainThread(directory)).filter((path) => !path.startsWith('packages/model/'));
  const expected = Object.entries(loaded).flatMap(([folder, names]) =>
    names.map((name) => `${folder}/dist/${name}.js`),
  );
  expect(found).toEqual([...expected, 'apps/cli/bin/soupcon.js'].sort());
});

/** Of the engine's own record of what was run, one file a thread; from the root of the checkout. */
async function modulesOfMainThread(directory: string): Promise<string[]> {
  const threads = await Promise.all(
    (await readdir(directory)).map(async (name) => {
      const { result } = JSON.parse(await readFile(join(directory, name), 'utf8')) as { result: { url: string }[] };
      return result.flatMap(
        ({ url }) => /^file:.*?\/((?:apps|packages)\/[^/]+\/(?:dist|bin)\/.*)$/.exec(url)?.[1] ?? [],
      );
    }),
  );
  return threads.find((modules) => modules.includes('apps/cli/dist/main.js'))?.sort() ?? [];
}
