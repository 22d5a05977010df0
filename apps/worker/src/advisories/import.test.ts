import { silentLogger } from '@soupcon/model';
import { migrate, openStore, type Store, schemaHash } from '@soupcon/store';
import { type TestDatabase, testDatabase } from '@soupcon/store/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImportOptions } from './feed-import.ts';
import { importAdvisories } from './import.ts';
import { advisoryStatus } from './status.ts';
import { BucketDirectory, type Records } from './testing/bucket.ts';
import { debianPackage, debianRecord, findingsIn, storePackages, writtenState } from './testing/samples.ts';

let database: TestDatabase;
let store: Store;
let bucket: BucketDirectory;
beforeEach(async () => {
  database = await testDatabase({ template: await schemaHash(), migrate });
  store = openStore({ url: database.url });
  bucket = new BucketDirectory();
});
afterEach(async () => {
  bucket.remove();
  await store.close();
  await database.drop();
});

const running = { logger: silentLogger, signal: new AbortController().signal };
const load = (options: Partial<ImportOptions> = {}) => importAdvisories(bucket.path, { store, ...running, ...options });

const three: Records = {
  'DSA-1': debianRecord('DSA-1', ['tar', 'cpio'], '2'),
  'DSA-2': debianRecord('DSA-2', ['tar'], '3'),
  'DSA-3': debianRecord('DSA-3', ['sed'], '1', { modified: '2024-05-01T00:00:00.5Z' }),
};

test('each ecosystem of a directory becomes a feed, also one that nothing is matched against', async () => {
  bucket.write('Debian', three).write('Fortran', { 'F-1': { id: 'F-1', modified: '2023-01-01T00:00:00Z' } });
  const { feeds, place } = await load();
  expect(place).toBe(bucket.path);
  expect(feeds).toMatchObject([
    { feed: 'osv/Debian', outcome: 'imported', source: 'archive', records: 3, added: 3, changed: 0, dropped: 0 },
    { feed: 'osv/Fortran', outcome: 'imported', records: 1, added: 1 },
  ]);
  expect(await advisoryStatus(store)).toMatchObject([
    { id: 'osv/Debian', newest: '2024-05-01T00:00:00Z', records: 3, refused: 0, ecosystems: ['Debian:12'] },
    { id: 'osv/Fortran', newest: '2023-01-01T00:00:00Z', records: 1, ecosystems: [] },
  ]);
});

test('the same data again writes no row', async () => {
  bucket.write('Debian', {
    ...three,
    bad: '{',
    'DSA-4': debianRecord('DSA-4', ['a\tb\\c\nd\0e', 'ü', '\ud800'], '1\0'),
  });
  await storePackages(store, [debianPackage('tar', '1')]);
  await load();
  const before = await writtenState(store);
  const { feeds } = await load();
  expect(feeds).toMatchObject([{ outcome: 'unchanged', added: 0, changed: 0, dropped: 0, packages: 0 }]);
  expect(feeds[0]?.refused).toEqual({ count: 1, examples: [{ id: 'bad', reason: 'not JSON' }] });
  expect(await writtenState(store)).toEqual(before);
});

test('an edited record ends its finding and begins another at the same instant; only its packages are matched', async () => {
  bucket.write('Debian', three);
  await load();
  const [tar, sed] = [debianPackage('tar', '1'), debianPackage('sed', '0')];
  await storePackages(store, [tar, sed]);
  const before = await findingsIn(store);
  bucket.write('Debian', { ...three, 'DSA-2': debianRecord('DSA-2', ['tar'], '4') });
  const { feeds } = await load();
  expect(feeds).toMatchObject([{ added: 0, changed: 1, dropped: 0, packages: 1, opened: 1, closed: 1 }]);

  const findings = await findingsIn(store);
  const ofFlaw = findings.filter(({ flaw }) => flaw === 'DSA-2');
  expect(ofFlaw.map(({ fixedIn }) => fixedIn)).toEqual(['3', '4']);
  const [old, now] = ofFlaw;
  expect(old?.until).toBe(now?.since);
  expect(now?.until).toBeNull();
  const asOf = (at: string) => findings.filter(({ since, until }) => since <= at && (until === null || until > at));
  expect(asOf(old?.since ?? '').map(({ flaw, fixedIn }) => [flaw, fixedIn])).toEqual(
    before.map(({ flaw, fixedIn }) => [flaw, fixedIn]),
  );
  expect(asOf(now?.since ?? '').map(({ fixedIn }) => fixedIn)).toEqual(['1', '2', '4']);
});

test('of a record that says the same about a package in other words, only these are written', async () => {
  bucket.write('Debian', three);
  await load();
  await storePackages(store, [debianPackage('tar', '1')]);
  bucket.write('Debian', {
    ...three,
    'DSA-2': debianRecord('DSA-2', ['tar'], '3', { details: 'we do not keep this' }),
  });
  expect((await load()).feeds).toMatchObject([{ changed: 1, packages: 0, opened: 0, closed: 0 }]);
});

test('a record that is about another package now leaves the one and meets the other', async () => {
  bucket.write('Debian', three);
  await load();
  await storePackages(store, [debianPackage('tar', '1'), debianPackage('gzip', '1')]);
  bucket.write('Debian', { ...three, 'DSA-2': debianRecord('DSA-2', ['gzip'], '3') });
  expect((await load()).feeds).toMatchObject([{ packages: 2, opened: 1, closed: 1 }]);
});

test('a record that is gone takes its advisory and its findings with it', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`X-${n}`, debianRecord(`X-${n}`, ['tar'], '9')]),
  );
  bucket.write('Debian', many);
  await load();
  await storePackages(store, [debianPackage('tar', '1')]);
  const { 'X-3': _, ...rest } = many;
  bucket.write('Debian', rest);
  expect((await load()).feeds).toMatchObject([{ records: 11, dropped: 1, packages: 1, opened: 0, closed: 1 }]);
  expect((await findingsIn(store)).filter(({ until }) => until !== null).map(({ flaw }) => flaw)).toEqual(['X-3']);
});

test('a record that cannot be read any more is named, and its older version stays', async () => {
  bucket.write('Debian', three);
  await load();
  bucket.write('Debian', { ...three, 'DSA-2': '{"id": ', 'DSA-9': '[]' });
  const { feeds } = await load();
  expect(feeds[0]?.refused).toEqual({
    count: 2,
    examples: [
      { id: 'DSA-2', reason: 'not JSON' },
      { id: 'DSA-9', reason: 'not an object' },
    ],
  });
  expect(await advisoryStatus(store)).toMatchObject([{ records: 4, refused: 2 }]);
  await storePackages(store, [debianPackage('tar', '1')]);
  expect((await findingsIn(store)).map(({ flaw }) => flaw)).toEqual(['DSA-1', 'DSA-2']);
  // It is read again as soon as it can be, whether or not there was an older one.
  bucket.write('Debian', { ...three, 'DSA-9': debianRecord('DSA-9', ['tar'], '5') });
  expect((await load()).feeds).toMatchObject([{ changed: 2, opened: 1, refused: { count: 0 } }]);
});

test('a feed that lost more than a tenth is held back with the figures, until that is accepted', async () => {
  bucket.write('Debian', three).write('npm', { 'GHSA-1': { id: 'GHSA-1', modified: '2024-01-01T00:00:00Z' } });
  await load();
  const before = await writtenState(store);
  bucket.write('Debian', { 'DSA-1': three['DSA-1'] ?? '' });
  const { feeds } = await load();
  expect(feeds).toMatchObject([
    { outcome: 'failed', error: { code: 'advisories_shrunk', subject: 'osv/Debian has 1 records, 3 are stored' } },
    { outcome: 'unchanged' },
  ]);
  expect(await writtenState(store)).toEqual(before);
  expect((await load({ acceptShrinking: true })).feeds).toMatchObject([{ dropped: 2 }, {}]);
});

test('a truncated archive changes nothing', async () => {
  bucket.write('Debian', three);
  await load();
  const before = await writtenState(store);
  bucket.truncate('Debian');
  const { feeds } = await load({ acceptShrinking: true });
  expect(feeds).toMatchObject([{ outcome: 'failed', error: { code: 'advisories_unavailable' } }]);
  expect(await writtenState(store)).toEqual(before);
});

test('what the place has nothing of stays', async () => {
  bucket.write('Debian', three);
  await load();
  const other = new BucketDirectory().write('npm', { 'GHSA-1': { id: 'GHSA-1', modified: '2024-01-01T00:00:00Z' } });
  await importAdvisories(other.path, { store, ...running });
  other.remove();
  expect(await advisoryStatus(store)).toMatchObject([{ id: 'osv/Debian', records: 3 }, { id: 'osv/npm' }]);
});

test('an import that was stopped goes on where it was', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 5000 }, (_, n) => [`X-${n}`, debianRecord(`X-${n}`, [`p${n}`], '9')]),
  );
  bucket.write('Debian', many);
  const stop = new AbortController();
  const stopped = load({ signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  expect(await advisoryStatus(store)).toEqual([]);
  const progress: number[] = [];
  const { feeds } = await load({ onProgress: ({ done, total }) => progress.push(done, total) });
  const added = feeds[0]?.added ?? 0;
  expect(added).toBeGreaterThan(0);
  expect(added).toBeLessThan(5000);
  expect(progress.slice(-2)).toEqual([added, added]);
  expect(await advisoryStatus(store)).toMatchObject([{ records: 5000, ecosystems: ['Debian:12'] }]);
});

test('of two imports at once the second waits, and finds nothing left to do', async () => {
  bucket.write('Debian', three);
  const [first, second] = await Promise.all([load(), load()]);
  expect([first, second].flatMap(({ feeds }) => feeds.map(({ outcome }) => outcome)).sort()).toEqual([
    'imported',
    'unchanged',
  ]);
});
