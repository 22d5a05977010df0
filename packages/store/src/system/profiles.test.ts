import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, schemaHash } from '../migrate.ts';
import { openStore, type Store } from '../open.ts';
import * as tenant from '../tenant/profiles.ts';
import { type TestDatabase, testDatabase } from '../testing/test-database.ts';
import { recordScanned } from './profiles.ts';

let database: TestDatabase;
let store: Store;
let organizationId: string;
let repositoryId: string;
beforeAll(async () => {
  database = await testDatabase({ template: await schemaHash(), migrate });
  store = openStore({ url: database.url });
  const owner = new pg.Client(database.url);
  await owner.connect();
  const { rows } = await owner.query(`with o as (insert into tenant.organizations (name) values ('a') returning id),
      g as (insert into tenant.registries (organization_id, provider, name, host, hook_token_hash)
        select id, 'distribution', 'r', 'r.example', decode(repeat('00', 32), 'hex') from o returning id, organization_id)
    insert into tenant.repositories (organization_id, registry_id, name)
    select organization_id, id, 'app' from g returning id, organization_id`);
  [{ id: repositoryId, organization_id: organizationId }] = rows;
  await owner.end();
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** A scan ends that asked the registry at a second of the minute what the tag is. */
async function ends(letter: string, second: string, tag: string): Promise<void> {
  const scanned = { organizationId, repositoryId, tag, digest: digest(letter), mediaType: 'm', isIndex: false };
  const resolvedAt = `2026-01-01T00:00:${second}Z`;
  await store.asSystem((tx) => recordScanned(tx, { ...scanned, images: [], resolvedAt }));
}

async function tagNow(name: string): Promise<{ digest: string; since: string } | undefined> {
  const { items } = await store.asTenant(organizationId, (tx) =>
    tenant.tags(tx, repositoryId, { limit: 1000, after: null }),
  );
  const found = items.find((tag) => tag.name === name);
  return found && { digest: found.digest, since: found.since };
}

test('a tag is what the scan that asked last found it to be, in whatever order scans end', async () => {
  await ends('a', '01', 'late');
  await ends('b', '03', 'late');
  await ends('a', '02', 'late');
  expect(await tagNow('late')).toEqual({ digest: digest('b'), since: '2026-01-01T00:00:03Z' });
});

test('a tag that moved away and back stays what it is when the scan that asked in between ends last', async () => {
  await ends('a', '01', 'back');
  await ends('a', '03', 'back');
  await ends('b', '02', 'back');
  expect(await tagNow('back')).toEqual({ digest: digest('a'), since: '2026-01-01T00:00:01Z' });
  await ends('b', '04', 'back');
  expect(await tagNow('back')).toEqual({ digest: digest('b'), since: '2026-01-01T00:00:04Z' });
});

test('scans of one tag that end at the same moment all end, and the one that asked last counts', async () => {
  for (const tag of ['first', 'second', 'third']) {
    await Promise.all([...'abcdef'].map((letter, at) => ends(letter, `0${at}`, tag)));
    await Promise.all([...'fedcba'].map((letter, at) => ends(letter, `1${at}`, tag)));
    expect(await tagNow(tag)).toEqual({ digest: digest('a'), since: '2026-01-01T00:00:15Z' });
  }
});
