import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { takeInventory } from '@soupcon/inventory';
import { hostArchitecture, type Inventory, silentLogger } from '@soupcon/model';
import { createNet } from '@soupcon/net';
import { createRegistryClient, openImage } from '@soupcon/registry';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildDemoImage, type DemoImageOptions, pushImage } from './image.ts';
import { ownModules, readModules } from './image-modules.ts';
import { startDemoRegistry } from './registry.ts';

let directory: string;
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'soupcon-demo-test-'));
  cleanups.push(() => rm(directory, { recursive: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

const description = (name: string, version = '1.0.0') => JSON.stringify({ name, version });
const debian = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  'var/lib/dpkg/status': 'Package: base\nStatus: install ok installed\nVersion: 1-1\nArchitecture: all\n\n',
  'var/lib/dpkg/info/base.list': '/.\n/usr/bin/base\n',
  'var/lib/dpkg/info/base.md5sums': 'not wanted',
};
const modules = {
  'node_modules/aaa/package.json': description('aaa'),
  'node_modules/aaa/index.js': 'run()',
  'node_modules/aaa/index.js.map': '{}',
  'node_modules/aaa/native.node': 'ELF',
  'node_modules/aaa/node_modules/inner/package.json': description('inner', '3.0.0'),
  'node_modules/@scope/bbb/package.json': description('@scope/bbb', '2.0.0'),
  'node_modules/zzz/package.json': description('zzz'),
};

/** A small machine of its own: what Node is does not matter, and this one has a hundred megabytes. */
function small(): DemoImageOptions {
  const created = new Date('2026-01-01T00:00:00Z');
  return { root: directory, modules: join(directory, 'node_modules'), node: join(directory, 'node'), created };
}

/** Builds an image, pushes it to a registry and reads what is in it. */
async function inventoryOf(options: DemoImageOptions) {
  const image = await buildDemoImage(options);
  cleanups.push(image.remove);
  const registry = await startDemoRegistry({ notify: () => null, logger: silentLogger });
  cleanups.push(registry.close);
  const net = createNet({ allowPrivate: true });
  cleanups.push(() => net.close());
  const client = createRegistryClient({ net });
  expect(await pushImage(image, { client, to: { registry: registry.host, repository: 'team/demo' }, tag: '1' })).toBe(
    image.digest,
  );
  const source = await openImage(`${registry.host}/team/demo:1`, { client, hostArchitecture: 'none' });
  const signal = new AbortController().signal;
  return { image, source, inventory: await takeInventory(source, { signal, threads: 1, onProgress: () => {} }) };
}

const purls = (inventory: Inventory) => inventory.packages.map(({ purl }) => purl.replace(/\?.*/, ''));

test('an image of a small machine has its distribution, its packages and what the last layer changes', async () => {
  await write({ ...debian, ...modules, node: 'program' });
  await symlink('/etc', join(directory, 'node_modules', 'linked'));
  const { image, source, inventory } = await inventoryOf(small());
  expect(source.image).toMatchObject({
    digest: image.digest,
    platform: { os: 'linux', architecture: hostArchitecture(process.arch) },
    created: '2026-01-01T00:00:00.000Z',
    problems: [],
  });
  expect(inventory.distro).toMatchObject({ id: 'debian', versionId: '12' });
  expect(purls(inventory).sort()).toEqual([
    'pkg:deb/debian/base@1-1',
    'pkg:npm/%40scope/bbb@2.0.0',
    'pkg:npm/aaa@1.0.0',
    'pkg:npm/inner@3.0.0',
    'pkg:npm/lodash@4.17.11',
    'pkg:npm/minimist@1.2.0',
    'pkg:npm/qs@6.5.2',
    'pkg:npm/tar@6.1.0',
    'pkg:npm/ws@7.4.5',
  ]);
  expect(inventory.removed.map(({ purl }) => purl)).toEqual(['pkg:npm/zzz@1.0.0']);
  expect(inventory.layers.map(({ instruction }) => instruction)).toEqual([
    'ADD rootfs.tar / # Debian GNU/Linux 12 (bookworm)',
    'COPY node /usr/local/bin/node',
    'COPY node_modules /app/node_modules',
    expect.stringMatching(/^RUN rm -r node_modules\/zzz && npm install --prefix plugin lodash@4\.17\.11 /),
  ]);
  expect(image.notes).toEqual([]);
});

test('the same machine gives the same image', async () => {
  await write({ ...debian, ...modules, node: 'program' });
  const images = [await buildDemoImage(small()), await buildDemoImage(small())];
  for (const { remove } of images) cleanups.push(remove);
  expect(images[0]?.digest).toBe(images[1]?.digest);
});

test('a machine of Alpine gives its database, one with neither says so and has a layer less', async () => {
  const apk = 'P:musl\nV:1.2.5-r0\nA:x86_64\n\n';
  const release = 'ID=alpine\nVERSION_ID=3.20.0\nPRETTY_NAME="Alpine Linux v3.20"\n';
  await write({ ...modules, 'etc/os-release': release, 'lib/apk/db/installed': apk, node: 'program' });
  const { inventory } = await inventoryOf(small());
  expect(purls(inventory)).toContain('pkg:apk/alpine/musl@1.2.5-r0');
  await rm(join(directory, 'lib'), { recursive: true });
  const image = await buildDemoImage(small());
  cleanups.push(image.remove);
  expect([image.layers.length, image.notes.length]).toEqual([3, 1]);
});

test('scripts are taken with the descriptions, maps, native programs, caches and links are not', async () => {
  await write({ ...modules, 'node_modules/.cache/x/package.json': description('x') });
  await symlink(directory, join(directory, 'node_modules', 'workspace'));
  const { entries, names } = await readModules(join(directory, 'node_modules'), 'app');
  expect(names).toEqual(['@scope/bbb', 'aaa', 'zzz']);
  expect(entries.map(({ path }) => path)).toEqual([
    'app/@scope/bbb/package.json',
    'app/aaa/index.js',
    'app/aaa/node_modules/inner/package.json',
    'app/aaa/package.json',
    'app/zzz/package.json',
  ]);
});

test('this very machine gives at least a hundred packages of npm in no more than sixty megabytes', async () => {
  const { names, entries } = await readModules(ownModules(), 'app');
  expect(names.length).toBeGreaterThanOrEqual(100);
  expect(names).toContain('fastify');
  const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);
  expect(bytes).toBeLessThanOrEqual(60 * 1024 * 1024);
});

test('what was written is removed, also when the image cannot be built', async () => {
  await write({ ...modules, node: 'program' });
  const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('soupcon-image-'));
  const before = await left();
  const image = await buildDemoImage(small());
  expect(await left()).toHaveLength(before.length + 1);
  await image.remove();
  await expect(buildDemoImage({ ...small(), node: join(directory, 'none') })).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(buildDemoImage({ ...small(), modules: join(directory, 'etc') })).rejects.toThrow();
  expect((await left()).filter((name) => !before.includes(name))).toEqual([]);
  expect(existsSync(directory)).toBe(true);
});
