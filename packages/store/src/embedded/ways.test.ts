import { spawnSync } from 'node:child_process';
import { chown, lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench, canBeRunBy, copyWithoutLinks, isRoot, query } from '../testing/embedded-samples.ts';
import { readBinaries } from './binaries.ts';
import { nobody } from './runner.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench.end());

/** A machine that does not allow root to make user namespaces. */
const withoutNamespaces = () => ({ unshare: '/nonexistent/unshare', place: bench.path() });
const hasNamespaces = isRoot && spawnSync('unshare', ['--map-user=65534', '--map-group=65534', 'true']).status === 0;

const ownerOf = async (directory: string) => (await stat(join(directory, 'postgres', 'PG_VERSION'))).uid;

describe.skipIf(!isRoot)('root, as whom Postgres does not run', () => {
  test('serves data below a folder that only root may enter', async (context) => {
    context.skip(!hasNamespaces, 'this system allows no user namespaces');
    const directory = join(bench.path(), 'data');
    await mkdir(dirname(directory), { mode: 0o700 });
    for (const value of [1, 2]) {
      const postgres = await bench.start(directory);
      const [text, ...more] = [
        'create table if not exists t (n int)',
        `insert into t values (${value})`,
        'select n from t',
      ];
      expect(await query(postgres.url, text ?? '', ...more)).toHaveLength(value);
      await postgres.stop();
      expect(await ownerOf(directory)).toBe(0);
    }
  });

  test('becomes nobody where there are no user namespaces', async () => {
    const [directory, host] = [bench.path(), withoutNamespaces()];
    for (const value of [1, 2]) {
      const postgres = await bench.start(directory, {}, host);
      expect(await query(postgres.url, `select ${value} as n`)).toEqual([{ n: value }]);
      await postgres.stop();
      expect(await ownerOf(directory)).toBe(nobody.uid);
    }
  });

  test('takes a cluster made in a namespace along when the system allows none any more', async (context) => {
    context.skip(!hasNamespaces, 'this system allows no user namespaces');
    const directory = bench.path();
    const first = await bench.start(directory);
    await query(first.url, 'create table t (n int)');
    await first.stop();
    for (const host of [withoutNamespaces(), { place: bench.path() }]) {
      const postgres = await bench.start(directory, {}, host);
      expect(await query(postgres.url, 'select n from t')).toEqual([]);
      await postgres.stop();
      expect(await ownerOf(directory)).toBe(nobody.uid);
    }
  });

  test('keeps the cluster where nobody can reach it, and finds it there again', async () => {
    const [directory, host] = [join(bench.path(), 'data'), withoutNamespaces()];
    await mkdir(dirname(directory), { mode: 0o700 });
    const first = await bench.start(directory, {}, host);
    await query(first.url, 'create table t (n int)');
    await first.stop();
    expect((await lstat(join(directory, 'postgres'))).isSymbolicLink()).toBe(true);
    expect(await realpath(join(directory, 'postgres'))).toContain(await realpath(host.place));
    const second = await bench.start(directory, {}, host);
    expect(await query(second.url, 'select n from t')).toEqual([]);
    await second.stop();
  });

  test('copies the programs to where nobody can reach them', async () => {
    const hidden = join(bench.path(), 'hidden');
    await mkdir(dirname(hidden), { mode: 0o700 });
    const native = await copyWithoutLinks(hidden);
    const host = { ...withoutNamespaces(), findBinaries: () => readBinaries(native) };
    const postgres = await bench.start(bench.path(), {}, host);
    expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await readdir(join(host.place, 'programs'))).toHaveLength(1);
    await postgres.stop();
  });

  test('serves an ordinary user’s directory as that user, who can serve it, too', async (context) => {
    const uid = 1; // daemon, on every system
    context.skip(!canBeRunBy(uid), 'an ordinary user cannot read this checkout');
    const directory = bench.path();
    await mkdir(directory);
    await chown(directory, uid, uid);
    const theirs = await bench.startElsewhere(directory, { uid });
    expect(theirs.error).toBeNull();
    await query(theirs.url, 'create table t (n int)');
    await theirs.stop();
    const ours = await bench.start(directory, {}, { place: bench.path() });
    expect(await query(ours.url, 'select n from t')).toEqual([]);
    const guest = await bench.startElsewhere(directory, { uid, attach: 'only' });
    expect(guest).toMatchObject({ error: null, attached: true });
    await guest.stop();
    await ours.stop();
    const again = await bench.startElsewhere(directory, { uid });
    expect(again.error).toBeNull();
    await again.stop();
  });

  test('an ordinary user without a name can make a cluster', async (context) => {
    const uid = 12_345;
    context.skip(!canBeRunBy(uid), 'an ordinary user cannot read this checkout');
    context.skip(!hasNamespaces, 'this system allows no user namespaces');
    const directory = bench.path();
    await mkdir(directory);
    await chown(directory, uid, uid);
    const elsewhere = await bench.startElsewhere(directory, { uid });
    expect(elsewhere.error).toBeNull();
    expect(await ownerOf(directory)).toBe(uid);
    await elsewhere.stop();
  });

  test('does not keep data where others may write', async () => {
    const [directory, host] = [join(bench.path(), 'data'), withoutNamespaces()];
    await mkdir(dirname(directory), { mode: 0o700 });
    await mkdir(host.place);
    await chown(host.place, 12_345, 12_345);
    await expect(bench.start(directory, {}, host)).rejects.toMatchObject({ code: 'data_directory_unusable' });
  });
});
