import { silentLogger } from '@soupcon/model';
import { migrate, openStore, type Store, schemaHash } from '@soupcon/store';
import { type TestDatabase, testDatabase } from '@soupcon/store/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importAdvisories } from './import.ts';
import { RemoteBucket } from './testing/bucket.ts';
import { debianPackage, debianRecord, findingsIn, storePackages, writtenState } from './testing/samples.ts';

let database: TestDatabase;
let store: Store;
let bucket: RemoteBucket;
beforeEach(async () => {
  database = await testDatabase({ template: await schemaHash(), migrate });
  store = openStore({ url: database.url });
  bucket = new RemoteBucket().write('Debian', many);
  await sync();
  bucket.asked = [];
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`X-${n}`, debianRecord(`X-${n}`, ['tar'], '9')]));
const { 'X-3': _, ...withoutOne } = many;
const changed = { 'X-7': debianRecord('X-7', ['tar'], '8', { modified: '2024-02-01T00:00:00.25Z' }) };

async function sync() {
  const { signal } = new AbortController();
  const { feeds } = await importAdvisories(bucket.base, { store, net: bucket, logger: silentLogger, signal });
  return feeds[0];
}

const lists = ['ecosystems.txt', 'Debian/modified_id.csv'];

test('when the list says that nothing changed, nothing else is fetched and nothing is written', async () => {
  const before = await writtenState(store);
  expect(await sync()).toMatchObject({ outcome: 'unchanged', source: 'list', records: 30 });
  expect(bucket.asked).toEqual(lists);
  expect(await writtenState(store)).toEqual(before);
});

test('few changes are fetched one by one', async () => {
  await storePackages(store, [debianPackage('tar', '1')]);
  bucket.write('Debian', { ...many, ...changed, 'X-99': debianRecord('X-99', ['sed'], '1') });
  expect(await sync()).toMatchObject({ source: 'records', records: 31, added: 1, changed: 1, opened: 1, closed: 1 });
  expect(bucket.asked).toEqual([...lists, 'Debian/X-7.json', 'Debian/X-99.json']);
  bucket.asked = [];
  expect(await sync()).toMatchObject({ outcome: 'unchanged', source: 'list' });
  expect(bucket.asked).toEqual(lists);
});

test('a record that is neither listed nor there is dropped', async () => {
  bucket.write('Debian', withoutOne);
  expect(await sync()).toMatchObject({ source: 'records', records: 29, dropped: 1 });
  expect(bucket.asked).toEqual([...lists, 'Debian/X-0.json', 'Debian/X-3.json']);
});

test('a record that is not listed and still there stays: the list was cut off', async () => {
  bucket.files.set('Debian/modified_id.csv', String(bucket.files.get('Debian/modified_id.csv')).replace(/.*X-3\n/, ''));
  const before = await writtenState(store);
  expect(await sync()).toMatchObject({ outcome: 'unchanged', records: 30, dropped: 0 });
  expect(await writtenState(store)).toEqual(before);
});

test('a list that ends in the middle of a row is not believed', async () => {
  bucket.files.set('Debian/modified_id.csv', String(bucket.files.get('Debian/modified_id.csv')).slice(0, -3));
  expect(await sync()).toMatchObject({ outcome: 'unchanged', source: 'archive', records: 30 });
});

test('a place without single records is asked for its archive', async () => {
  bucket.write('Debian', withoutOne, { single: false });
  expect(await sync()).toMatchObject({ source: 'archive', dropped: 1 });
  bucket.write('Debian', { ...withoutOne, ...changed }, { single: false });
  expect(await sync()).toMatchObject({ source: 'archive', changed: 1 });
});

test('many changes are fetched as an archive, and from another place everything is', async () => {
  const more = Object.fromEntries(
    Array.from({ length: 201 }, (_, n) => [`Y-${n}`, debianRecord(`Y-${n}`, ['sed'], '9')]),
  );
  bucket.write('Debian', { ...many, ...more });
  expect(await sync()).toMatchObject({ source: 'archive', added: 201 });
  await store.asSystem((tx) => tx.query({ name: 'test.move', text: `update content.feeds set place = 'elsewhere'` }));
  expect(await sync()).toMatchObject({ source: 'archive', outcome: 'imported', added: 0, changed: 0 });
});

test('an archive older than its list leaves the record to be fetched the next time', async () => {
  const archive = bucket.files.get('Debian/all.zip') ?? '';
  const listed = Object.fromEntries(
    Array.from({ length: 201 }, (_, n) => [`Y-${n}`, debianRecord(`Y-${n}`, ['sed'], '9')]),
  );
  bucket.write('Debian', { ...many, ...listed, ...changed });
  bucket.files.set('Debian/all.zip', archive);
  expect(await sync()).toMatchObject({ source: 'archive', outcome: 'imported', changed: 0 });
  bucket.write('Debian', { ...many, ...changed });
  expect(await sync()).toMatchObject({ source: 'records', changed: 1 });
});

test('a place that has nothing of what it lists is no place of advisories', async () => {
  bucket.files.clear();
  await expect(sync()).rejects.toMatchObject({ code: 'advisories_unavailable' });
  expect(await findingsIn(store)).toEqual([]);
});
