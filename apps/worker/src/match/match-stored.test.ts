import { loadAdvisories } from '@soupcon/advisories';
import { advisoryKeys, matcherVersion, matchPackages } from '@soupcon/matcher';
import { type Package, silentLogger } from '@soupcon/model';
import { migrate, openStore, type Store, schemaHash, system } from '@soupcon/store';
import { type TestDatabase, testDatabase } from '@soupcon/store/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importAdvisories } from '../advisories/import.ts';
import { BucketDirectory } from '../advisories/testing/bucket.ts';
import {
  debianPackage,
  debianRecord,
  findingsIn,
  somePackage,
  storePackages,
  writtenState,
} from '../advisories/testing/samples.ts';
import { matchStored } from './match-stored.ts';
import { rematchStale } from './rematch-stale.ts';

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

const { signal } = new AbortController();
const load = () => importAdvisories(bucket.path, { store, logger: silentLogger, signal });

function affecting(ecosystem: string, name: string, events: readonly object[], more: object = {}) {
  const type = ecosystem === 'npm' ? 'SEMVER' : 'ECOSYSTEM';
  return { package: { ecosystem, name }, ranges: [{ type, events }], ...more };
}
const record = (id: string, affected: readonly object[], more: object = {}) => ({
  id,
  modified: '2024-01-01T00:00:00Z',
  affected,
  ...more,
});
const from0 = (fixed: string) => [{ introduced: '0' }, { fixed }];
const vector = [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }];

/** Aliases, errata of several flaws, a flaw two feeds know differently, versions that cannot be compared, two releases. */
function writeRecords(): void {
  const both = (modified: string, fixed: string) => ({
    ...record('GHSA-2', [affecting('npm', '@a/b', from0('2.0.0')), affecting('Debian:12', 'tar', from0(fixed))]),
    modified,
  });
  bucket.write('Debian', {
    'DEBIAN-CVE-1': record('DEBIAN-CVE-2024-1', [
      affecting('Debian:12', 'tar', from0('2')),
      affecting('Debian:11', 'tar', from0('1')),
    ]),
    'DSA-1': record('DSA-1', [affecting('Debian:12', 'tar', from0('3'))], { upstream: ['CVE-2024-1', 'CVE-2024-2'] }),
    'DSA-2': record('DSA-2', [affecting('Debian:12', 'tar', from0('not a version!'))]),
    'DSA-3': record('DSA-3', [affecting('Debian:12', 'tar', from0('9'))], { withdrawn: '2024-02-01T00:00:00Z' }),
    'GHSA-2': both('2024-03-01T00:00:00Z', '5'),
  });
  bucket.write('npm', {
    'GHSA-1': record(
      'GHSA-1',
      [affecting('npm', '@a/b', from0('1.5.0')), affecting('npm', '@a/b', [{ introduced: '1.6.0' }])],
      {
        aliases: ['CVE-2024-9'],
        severity: vector,
        summary: 'one\nline',
      },
    ),
    'GHSA-2': both('2024-01-01T00:00:00Z', '6'),
    'CVE-2024-9': record('CVE-2024-9', [affecting('npm', '@a/b', from0('1.5.1'))]),
  });
  bucket.write('Alpine', {
    'ALPINE-CVE-1': record('ALPINE-CVE-2024-1', [affecting('Alpine:v3.20', 'busybox', from0('1.36.1-r9'))]),
  });
  bucket.write('Ubuntu', {
    'UBUNTU-CVE-1': record('UBUNTU-CVE-2024-1', [
      affecting('Ubuntu:22.04:LTS', 'tar', [{ introduced: '0' }], { ecosystem_specific: { ubuntu_status: 'needed' } }),
      affecting('Ubuntu:Pro:22.04:LTS', 'tar', from0('2+esm1')),
    ]),
  });
}

const packages: readonly Package[] = [
  debianPackage('tar', '1'),
  debianPackage('tar', '2.5'),
  somePackage('deb', 'tar-scripts', '1', 'debian 11', { source: { name: 'tar', version: '0.5+b1' } }),
  somePackage('apk', 'ssl_client', '1.36.1-r2', 'alpine 3.20.1', { source: { name: 'busybox', version: '1.36.1-r2' } }),
  somePackage('deb', 'tar', '1', 'ubuntu 22.04'),
  somePackage('npm', 'b', '1.4.0', null, { namespace: '@a', introducedIn: 3 }),
  somePackage('npm', 'b', '1.7.0', null, { namespace: '@a' }),
  somePackage('npm', 'b', 'weird', null, { namespace: '@a' }),
  somePackage('npm', 'x'.repeat(5000), '1.0.0'),
  somePackage('cargo', 'tar', '1.0.0'),
];

/** As the command line does it, without what depends on the image. */
async function findingsWithoutStore() {
  const wanted = new Map<string, Set<string>>();
  for (const { ecosystem, names } of packages.flatMap(advisoryKeys)) {
    wanted.set(ecosystem, new Set([...(wanted.get(ecosystem) ?? []), ...names]));
  }
  const { index } = await loadAdvisories(bucket.path, wanted);
  return matchPackages(packages, index).map(
    ({ package: purl, layer: _layer, suppressed: _suppressed, ...finding }) => ({
      purl,
      text: JSON.stringify(finding),
    }),
  );
}

async function findingsOfStore() {
  return store.asSystem((tx) =>
    tx.query<{ purl: string; text: string }>({
      name: 'test.documents',
      text: `select p.purl, f.document::text as text
        from content.findings f join content.packages p on p.id = f.package_id where f.until is null`,
    }),
  );
}

test.each([
  ['advisories were there before the packages', [load, () => storePackages(store, packages)]],
  ['packages were there before the advisories', [() => storePackages(store, packages), load]],
])('the findings have the bytes of those that the command line finds, when %s', async (_, steps) => {
  writeRecords();
  for (const step of steps) await step();
  const expected = await findingsWithoutStore();
  expect(expected.length).toBeGreaterThan(10);
  const order = (a: { text: string; purl: string }, b: { text: string; purl: string }) =>
    a.purl + a.text < b.purl + b.text ? -1 : 1;
  expect((await findingsOfStore()).sort(order)).toEqual(expected.sort(order));
});

test('matching what was matched writes nothing', async () => {
  writeRecords();
  await load();
  const ids = [...(await storePackages(store, packages)).values()];
  const before = await writtenState(store);
  expect(await store.asSystem((tx) => matchStored(tx, ids))).toEqual({ opened: 0, closed: 0 });
  expect(await writtenState(store)).toEqual(before);
});

test('what an older matcher judged is judged again, its names made anew, and that only once', async () => {
  writeRecords();
  await load();
  await storePackages(store, packages);
  await store.asSystem(async (tx) => {
    await tx.query({
      name: 'test.age',
      text: `update content.packages set matcher = ${matcherVersion - 1} where type = 'npm'`,
    });
    await tx.query({ name: 'test.wrong', text: `update content.package_names set name = 'c' where name = '@a/b'` });
    await tx.query({ name: 'test.lost', text: `delete from content.findings where document::text like '%weird%'` });
  });
  const expected = await findingsWithoutStore();
  expect((await findingsOfStore()).length).toBeLessThan(expected.length);
  expect(await rematchStale(store, signal, silentLogger)).toMatchObject({ closed: 0 });
  expect(await findingsOfStore()).toHaveLength(expected.length);
  const names = await store.asSystem((tx) =>
    tx.query({ name: 'test.names', text: `select distinct name from content.package_names where ecosystem = 'npm'` }),
  );
  expect(names).toEqual([{ name: '@a/b' }]);
  const before = await writtenState(store);
  expect(await rematchStale(store, signal, silentLogger)).toEqual({ opened: 0, closed: 0 });
  expect(await writtenState(store)).toEqual(before);
});

test('a package and an advisory that come at once find each other, whichever is first', async () => {
  bucket.write('Debian', { 'DSA-1': debianRecord('DSA-1', ['tar'], '2') });
  await load();
  bucket.write('Debian', { 'DSA-1': debianRecord('DSA-1', ['tar'], '3') });
  let imported: Promise<unknown> = Promise.resolve();
  await store.asSystem(async (tx) => {
    await system.locks.sharedMatching(tx);
    const { added } = await system.packages.savePackages(tx, [debianPackage('tar', '1')], matcherVersion, () => [
      { ecosystem: 'Debian', name: 'tar' },
    ]);
    await matchStored(tx, added);
    // The import writes its advisory now, and must not look for packages before this one can be seen.
    imported = load();
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  await imported;
  const findings = await findingsIn(store);
  expect(findings.filter(({ until }) => until === null).map(({ fixedIn }) => fixedIn)).toEqual(['3']);
  for (const { since, until } of findings) expect(until === null || until >= since).toBe(true);
});

test('a scan that begins while an import matches waits, and sees what it brought', async () => {
  let stored: Promise<unknown> = Promise.resolve();
  await store.asSystem(async (tx) => {
    const packer = new system.staging.AdvisoryPacker('osv/Debian', 'Debian');
    const { affected: _affected, ...document } = { ...debianRecord('DSA-1', ['tar'], '2'), affected: [] };
    const told = {
      published: null,
      withdrawn: null,
      aliases: [],
      upstream: [],
      related: [],
      severity: [],
      severityWord: null,
    };
    const range = { type: 'ECOSYSTEM' as const, intervals: [{ introduced: null, fixed: '2', lastAffected: null }] };
    const entry = { ecosystem: 'Debian:12', name: 'tar', ranges: [range], versions: [], severity: [], urgency: null };
    packer.add(1, { ...told, id: 'DSA-1', modified: '2024-01-01T00:00:00Z', summary: null, ...document }, [
      { name: 'tar', entry },
    ]);
    await system.staging.insertRecords(tx, 'osv/Debian', [], packer.rows());
    await system.locks.exclusiveMatching(tx);
    stored = storePackages(store, [debianPackage('tar', '1')]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await system.findings.packagesNamed(tx, [{ ecosystem: 'Debian', name: 'tar' }])).toEqual([]);
  });
  await stored;
  expect((await findingsIn(store)).map(({ flaw }) => flaw)).toEqual(['DSA-1']);
});
