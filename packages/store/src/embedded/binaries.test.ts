import { access, chmod, chown, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench, canBeRunBy, copyWithoutLinks, isRoot, query } from '../testing/embedded-samples.ts';
import { findBinaries, readBinaries } from './binaries.ts';
import { nobody } from './runner.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench.end());

const links = async (native: string) =>
  (await readdir(join(native, 'lib'))).filter((name) => name === 'libicuuc.so.60' || name === 'libpq.so.5').sort();

test('a platform without programs is told what to do instead', async () => {
  const finding = findBinaries('sunos-sparc');
  await expect(finding).rejects.toMatchObject({ code: 'embedded_unavailable' });
  await expect(finding).rejects.toHaveProperty('remedy', expect.stringContaining('DATABASE_URL'));
});

test('the programs of this platform are found', async () => {
  const { folder, version, major } = await findBinaries();
  await access(join(folder, 'bin', 'initdb'));
  expect(version.split('.')[0]).toBe(major);
});

test('links of libraries that no install script made are made at the start', async () => {
  const native = await copyWithoutLinks(bench.path());
  expect(await links(native)).toEqual([]);
  const postgres = await bench.start(bench.path(), {}, { findBinaries: () => readBinaries(native) });
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await links(native)).toEqual(['libicuuc.so.60', 'libpq.so.5']);
  await postgres.stop();
});

test('where the installed programs may not be changed, the links lie in the data directory', async (context) => {
  const uid = nobody.uid;
  context.skip(isRoot && !canBeRunBy(uid), 'an ordinary user cannot read this checkout');
  const native = await copyWithoutLinks(bench.path());
  for (const folder of [join(native, 'lib'), native, dirname(native)]) await chmod(folder, 0o555);
  const directory = bench.path();
  await mkdir(directory);
  if (isRoot) await chown(directory, uid, uid);
  const elsewhere = await bench.startElsewhere(directory, { binaries: native, ...(isRoot ? { uid } : {}) });
  expect(elsewhere.error).toBeNull();
  expect(await query(elsewhere.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await links(native)).toEqual([]);
  expect(await readdir(join(directory, 'postgres-lib'))).toContain('libicuuc.so.60');
  await elsewhere.stop();
  for (const folder of [dirname(native), native, join(native, 'lib')]) await chmod(folder, 0o755);
});
