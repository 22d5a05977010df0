import { silentLogger } from '@soupcon/model';
import { migrate, openStore, type Store, schemaHash } from '@soupcon/store';
import { type TestDatabase, testDatabase } from '@soupcon/store/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startHousekeeper } from './housekeeper.ts';

let database: TestDatabase;
let store: Store;
let owner: pg.Client;
beforeAll(async () => {
  database = await testDatabase({ template: await schemaHash(), migrate });
  store = openStore({ url: database.url });
  owner = new pg.Client(database.url);
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await store.close();
  await database.drop();
});

test('deliveries of more than thirty days ago go, the others stay', async () => {
  await owner.query(`with o as (insert into tenant.organizations (name) values ('a') returning id),
      r as (insert into tenant.registries (organization_id, provider, name, host, hook_token_hash)
        select id, 'distribution', 'r', 'r.example', decode(repeat('00', 32), 'hex') from o returning id, organization_id)
    insert into tenant.deliveries (organization_id, registry_id, event_key, repository, received_at)
    select r.organization_id, r.id, 'event ' || days, 'app', now() - days * interval '1 day'
    from r, unnest(array[0, 29, 31, 400]) days`);
  const housekeeper = startHousekeeper({ store, logger: silentLogger });
  const left = async () => (await owner.query('select event_key from tenant.deliveries order by 1')).rows;
  await vi.waitFor(async () => expect(await left()).toEqual([{ event_key: 'event 0' }, { event_key: 'event 29' }]));
  await housekeeper.close();
});
