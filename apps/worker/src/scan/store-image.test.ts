import { inventoryMadeBy } from '@soupcon/inventory/made-by';
import { type Inventory, type Package, type Problem, parseDigest, problem, type ResolvedImage } from '@soupcon/model';
import { migrate, openStore, type Store, schemaHash, system, tenant } from '@soupcon/store';
import { type TestDatabase, testDatabase } from '@soupcon/store/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeImage } from './store-image.ts';

let database: TestDatabase;
let store: Store;
let owner: pg.Client;
let organizationId: string;
let repositoryId: string;
beforeAll(async () => {
  database = await testDatabase({ template: await schemaHash(), migrate });
  store = openStore({ url: database.url });
  owner = new pg.Client(database.url);
  await owner.connect();
  const { rows } = await owner.query(`with o as (insert into tenant.organizations (name) values ('a') returning id),
      g as (insert into tenant.registries (organization_id, provider, name, host, hook_token_hash)
        select id, 'distribution', 'r', 'r.example', decode(repeat('00', 32), 'hex') from o returning id, organization_id)
    insert into tenant.repositories (organization_id, registry_id, name)
    select organization_id, id, 'app' from g returning id, organization_id`);
  [{ id: repositoryId, organization_id: organizationId }] = rows;
});
afterAll(async () => {
  await owner.end();
  await store.close();
  await database.drop();
});

const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);

function image(letter: string): ResolvedImage {
  const config = { platform: null, created: null, diffIds: null, history: [], user: null, env: [], labels: {} };
  const layer = { index: 0, digest: digest('f'), diffId: null, size: 1, mediaType: 'layer' };
  const known = { mediaType: 'm', platform: { os: 'linux', architecture: 'amd64' }, created: null, size: 1, config };
  return { reference: 'r.example/app:1', digest: digest(letter), ...known, layers: [layer], problems: [] };
}

function npm(name: string, more: Partial<Package> = {}): Package {
  const none = {
    namespace: null,
    architecture: null,
    source: null,
    context: { distro: null },
    licenses: [],
    aliases: [],
  };
  const place = { locations: [], introducedIn: 0, foundBy: 'npm' };
  return { type: 'npm', name, version: '1.0.0', purl: `pkg:npm/${name}@1.0.0`, ...none, ...place, ...more };
}

function inventory(packages: readonly Package[], problems: readonly Problem[] = []): Inventory {
  const executables = { files: 0, bytes: 0, explainedBytes: 0 };
  const completeness = { verdict: 'complete', executables, reasons: [] } as const;
  return { distro: null, completeness, layers: [], packages, removed: [], problems };
}

async function link(letter: string, id: number): Promise<void> {
  const images = [{ id, digest: digest(letter) }];
  const scanned = {
    organizationId,
    repositoryId,
    tag: 'latest',
    digest: digest(letter),
    mediaType: 'm',
    isIndex: false,
  };
  await store.asSystem((tx) =>
    system.profiles.recordScanned(tx, { ...scanned, images, resolvedAt: new Date().toISOString() }),
  );
}

const known = (letter: string) =>
  store.asSystem((tx) => system.images.findImage(tx, { organizationId, digest: digest(letter) }, inventoryMadeBy));

const stored = async (id: number) =>
  (await store.asTenant(organizationId, (tx) => tenant.images.contents(tx, id)))?.inventory.packages.map(
    ({ name }) => name,
  );

test('what is stored is known once the organization has held it, and not before', async () => {
  const id = await storeImage(store, image('a'), inventory([npm('left-pad')]));
  expect(await known('a')).toBeNull();
  await link('a', id);
  expect(await known('a')).toBe(id);
  expect(await stored(id)).toEqual(['left-pad']);
});

test('an inventory that the clock cut short is read again, and replaced', async () => {
  const id = await storeImage(store, image('b'), inventory([npm('one')], [problem('limit_time', { layer: 0 })]));
  await link('b', id);
  expect(await known('b')).toBeNull();
  expect(await storeImage(store, image('b'), inventory([npm('one'), npm('two')]))).toBe(id);
  expect(await known('b')).toBe(id);
  expect(await stored(id)).toEqual(['one', 'two']);
});

test('a whole inventory is not replaced by one that was cut short', async () => {
  const id = await storeImage(store, image('c'), inventory([npm('one'), npm('two')]));
  await link('c', id);
  const short = inventory([npm('one')], [problem('limit_time', { layer: 0 })]);
  expect(await storeImage(store, image('c'), short)).toBe(id);
  expect(await stored(id)).toEqual(['one', 'two']);
  const { rows } = await owner.query('select count(*)::int as n from content.image_packages where image_id = $1', [id]);
  expect(rows).toEqual([{ n: 2 }]);
});

test('hostile text is stored, whatever it has in it', async () => {
  const odd = npm('a\0b', { version: '\ud800', purl: `pkg:npm/a%00b@${'x'.repeat(20_000)}` });
  const platform = { os: 'lin\0ux', architecture: '\udfff' };
  const config = { ...image('d').config, labels: { 'a\0b': '\0', '\ud800': 'c', plain: 'd' } };
  const hostile = { ...image('d'), created: '\0', mediaType: 'a\0b', platform, config };
  const id = await storeImage(store, hostile, inventory([odd, npm('c'.repeat(50_000))]));
  await link('d', id);
  expect(await stored(id)).toEqual(['a\0b', 'c'.repeat(50_000)]);
  const { rows } = await owner.query(
    `select resolved->'config'->'labels' as labels from content.images where id = $1`,
    [id],
  );
  expect(rows).toEqual([{ labels: { 'a\ufffdb': '\ufffd', '\ufffd': 'c', plain: 'd' } }]);
});

test('many scans that bring the same packages in another order neither lock each other out nor store one twice', async () => {
  const packages = Array.from({ length: 200 }, (_, k) => npm(`same-${k}`));
  const letters = [...'0123456789'];
  const ids = await Promise.all(
    letters.map((letter, k) =>
      storeImage(store, image(letter), inventory(k % 2 === 0 ? packages : packages.toReversed())),
    ),
  );
  expect(new Set(ids).size).toBe(letters.length);
  const { rows } = await owner.query(`select count(*)::int as n, count(distinct purl)::int as d from content.packages
    where name like 'same-%'`);
  expect(rows).toEqual([{ n: 200, d: 200 }]);
});
