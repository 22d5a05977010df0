import { system } from '@soupcon/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashOfApiKey, mintApiKey } from './api-key.ts';
import { ApiBench, type Tenant } from './testing/api-bench.ts';

let bench: ApiBench;
let tenant: Tenant;

beforeAll(async () => {
  bench = await ApiBench.open();
  tenant = await bench.tenant('keys');
});
afterAll(() => bench.close());

interface Created {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
}

const create = async (body: object = { name: 'ci' }) => (await tenant.call<Created>('POST', '/v1/keys', { body })).body;
const statusWith = async (key: string) =>
  (await bench.call('GET', '/v1/registries', { headers: { authorization: `Bearer ${key}` } })).status;

describe('a key', () => {
  test('can be told by its form, and a mistyped one without asking the database', () => {
    const minted = mintApiKey();
    const text = minted.key.reveal();
    expect(text).toMatch(/^soupcon_[A-Za-z0-9_-]{49}$/);
    expect(hashOfApiKey(text)).toEqual(minted.hash);
    const at = 20;
    const mistyped = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
    expect(hashOfApiKey(mistyped)).toBeNull();
    expect(hashOfApiKey(text.slice(0, -1))).toBeNull();
  });

  test('is shown once, and what is kept of it is a hash', async () => {
    const { key, prefix, id } = await create();
    expect(key.startsWith(prefix)).toBe(true);
    expect((await tenant.call('GET', '/v1/keys')).text).not.toContain(key);
    const rows = await bench.store.asSystem((tx) =>
      tx.query<{ row: string }>({
        name: 'test.key',
        text: 'select k::text as row from tenant.api_keys k where id = $1',
        values: [id],
      }),
    );
    expect(rows[0]?.row).not.toContain(key.slice('soupcon_'.length + 6));
    expect(bench.logged.filter((line) => line.includes(key))).toEqual([]);
  });

  test("opens what is its organization's, until it is revoked: then nothing, from the next request on", async () => {
    const { id, key } = await create();
    expect(await statusWith(key)).toBe(200);
    expect((await tenant.call('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect(await statusWith(key)).toBe(401);
    expect((await tenant.call('DELETE', `/v1/keys/${id}`)).status).toBe(204); // Revoked is revoked.
  });

  test('that expired opens nothing', async () => {
    const { key } = await create({ name: 'short', expiresAt: new Date(Date.now() - 1000).toISOString() });
    expect(await statusWith(key)).toBe(401);
    const { key: later } = await create({ name: 'long', expiresAt: new Date(Date.now() + 60_000).toISOString() });
    expect(await statusWith(later)).toBe(200);
  });

  test('notes when it was used, once a minute', async () => {
    const { key, id } = await create();
    const used = async () => {
      const { body } = await tenant.call<{ items: { id: string; lastUsedAt: string | null }[] }>('GET', '/v1/keys');
      return body.items.find((one) => one.id === id)?.lastUsedAt ?? null;
    };
    expect(await used()).toBeNull();
    await statusWith(key);
    const first = await used();
    expect(first).not.toBeNull();
    await statusWith(key);
    expect(await used()).toBe(first);
    await bench.store.asSystem((tx) =>
      tx.query({
        name: 'test.age',
        text: `update tenant.api_keys set last_used_at = now() - interval '61 s' where id = $1`,
        values: [id],
      }),
    );
    await statusWith(key);
    expect(Date.parse((await used()) ?? '')).toBeGreaterThanOrEqual(Date.parse(first ?? ''));
  });
});

test('the first organization is made once, whoever comes first', async () => {
  const empty = await ApiBench.open();
  const made = await Promise.all(
    Array.from({ length: 5 }, () => empty.store.asSystem((tx) => system.organizations.createFirst(tx, 'first'))),
  );
  expect(made.filter((id) => id !== null)).toHaveLength(1);
  expect(await system.organizations.list(empty.store.single)).toMatchObject([{ name: 'first' }]);
  await empty.close();
});

test('requests of one key beyond the limit are refused for the rest of the minute, others are not', async () => {
  const narrow = await ApiBench.open({ rateLimit: { api: 3, hooks: 3 } });
  const [one, other] = [await narrow.tenant('one'), await narrow.tenant('other')];
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) statuses.push((await one.call('GET', '/v1/keys')).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  const refused = await one.call('GET', '/v1/keys');
  expect(refused.body['code']).toBe('too_many_requests');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await other.call('GET', '/v1/keys')).status).toBe(200);
  await narrow.close();
});
