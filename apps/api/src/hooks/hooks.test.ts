import { randomUUID } from 'node:crypto';
import { openStore } from '@soupcon/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ApiBench, type Tenant } from '../testing/api-bench.ts';
import { eventsV2, pushEvent, type SampleRepository, sampleRepository } from '../testing/samples.ts';

interface Receipt {
  readonly accepted: number;
  readonly duplicates: number;
  readonly scans: number;
  readonly ignored: readonly { readonly reason: string; readonly count: number }[];
}

interface ScanList {
  readonly items: readonly {
    readonly tag: string | null;
    readonly digest: string;
    readonly state: string;
    readonly cause: string;
    readonly dueAt: string;
    readonly createdAt: string;
  }[];
}

let bench: ApiBench;
let tenant: Tenant;

beforeAll(async () => {
  bench = await ApiBench.open();
  tenant = await bench.tenant('hooks');
});
afterAll(() => bench.close());

const send = (hook: string, body: unknown, headers: Record<string, string> = eventsV2): Promise<Answer<Receipt>> =>
  bench.call<Receipt>('POST', hook, { body: typeof body === 'string' ? body : JSON.stringify(body), headers });

const scansOf = async ({ repositoryId }: SampleRepository) =>
  (await tenant.call<ScanList>('GET', `/v1/scans?repository=${repositoryId}`)).body.items;

describe('what is pushed', () => {
  test('is in the ledger when the registry is answered, in both envelopes', async () => {
    for (const version of ['v1', 'v2']) {
      const repository = await sampleRepository(tenant);
      const event = pushEvent({ tag: '1.2' });
      const headers = { 'content-type': `application/vnd.docker.distribution.events.${version}+json; charset=utf-8` };
      const { status, body } = await send(repository.hook, { events: [event] }, headers);
      expect([status, body]).toEqual([202, { accepted: 1, duplicates: 0, scans: 1, ignored: [] }]);
      expect(await scansOf(repository)).toMatchObject([
        { tag: '1.2', digest: event.target.digest, cause: 'push', state: 'waiting' },
      ]);
    }
  });

  test('several events of one delivery each count, reads and blobs do not', async () => {
    const repository = await sampleRepository(tenant);
    const events = [
      pushEvent({ tag: 'a' }),
      pushEvent({ tag: 'b' }),
      pushEvent({ action: 'pull' }),
      pushEvent({ action: 'mount' }),
      pushEvent({ mediaType: 'application/octet-stream' }),
      { action: 'push', target: 7 },
    ];
    const { body } = await send(repository.hook, { events });
    expect(body).toMatchObject({ accepted: 2, scans: 2 });
    expect(Object.fromEntries(body.ignored.map(({ reason, count }) => [reason, count]))).toEqual({
      pull: 1,
      mount: 1,
      'not-a-manifest': 1,
      malformed: 1,
    });
    expect(await scansOf(repository)).toHaveLength(2);
  });

  test('without a tag waits ten seconds, because an index may follow that has it', async () => {
    const repository = await sampleRepository(tenant);
    await send(repository.hook, { events: [pushEvent({ tag: undefined }), pushEvent({ tag: 'now' })] });
    const waits = (await scansOf(repository)).map(
      ({ tag, dueAt, createdAt }) => [tag, Date.parse(dueAt) - Date.parse(createdAt)] as const,
    );
    expect(Object.fromEntries(waits)).toEqual({ null: 10_000, now: 0 });
  });

  test('twice is one scan: the same event sent again, and another event about what still waits', async () => {
    const repository = await sampleRepository(tenant);
    const event = pushEvent();
    const again = { ...event, id: randomUUID() };
    expect((await send(repository.hook, { events: [event, event] })).body).toMatchObject({
      accepted: 1,
      duplicates: 1,
    });
    expect((await send(repository.hook, { events: [event] })).body).toMatchObject({ accepted: 0, duplicates: 1 });
    expect((await send(repository.hook, { events: [again] })).body).toMatchObject({ accepted: 1, scans: 1 });
    expect(await scansOf(repository)).toHaveLength(1);
  });

  test('again, when its scan is over, is scanned again', async () => {
    const repository = await sampleRepository(tenant);
    const event = pushEvent();
    await send(repository.hook, { events: [event] });
    await bench.store.asSystem((tx) =>
      tx.query({
        name: 'test.end',
        text: `update tenant.scans set state = 'done', finished_at = now() where repository_id = $1`,
        values: [repository.repositoryId],
      }),
    );
    await send(repository.hook, { events: [{ ...event, id: randomUUID() }] });
    expect((await scansOf(repository)).map(({ state }) => state)).toEqual(['waiting', 'done']);
  });

  test('many at once, the same events among them, is one scan each and an answer for all', async () => {
    const repository = await sampleRepository(tenant);
    const events = Array.from({ length: 10 }, (_, index) => pushEvent({ tag: `t${index}` }));
    const sent = Array.from({ length: 60 }, (_, index) => ({ events: [events[index % 10], events[(index * 7) % 10]] }));
    const answers = await Promise.all(sent.map((body) => send(repository.hook, body)));
    expect(answers.map(({ status }) => status)).toEqual(sent.map(() => 202));
    const sum = (key: 'accepted' | 'duplicates') => answers.reduce((total, { body }) => total + body[key], 0);
    expect([sum('accepted'), sum('duplicates')]).toEqual([10, 110]);
    expect(await scansOf(repository)).toHaveLength(10);
  });

  test('to a repository that is not opted in, or not known, is acknowledged and not scanned', async () => {
    const repository = await sampleRepository(tenant, { scanning: false });
    const { status, body } = await send(repository.hook, { events: [pushEvent(), pushEvent({ repository: 'other' })] });
    expect([status, body]).toEqual([202, { accepted: 2, duplicates: 0, scans: 0, ignored: [] }]);
    expect(await scansOf(repository)).toEqual([]);
  });

  test('tells the dispatchers, and when the registry was last heard of', async () => {
    const repository = await sampleRepository(tenant);
    const stop = new AbortController();
    let told = 0;
    const onNotice = () => {
      told += 1;
    };
    const listening = bench.store.listen('soupcon_scans', onNotice, stop.signal);
    await expect.poll(() => told).toBe(1); // On connecting.
    await send(repository.hook, { events: [pushEvent()] });
    await expect.poll(() => told).toBeGreaterThan(1);
    const seen = async () => (await tenant.call('GET', `/v1/registries/${repository.registryId}`)).body['lastEventAt'];
    await expect.poll(seen).not.toBeNull();
    stop.abort();
    await listening;
  });
});

describe('an event without an id', () => {
  test('is known again by what it says and when', async () => {
    const repository = await sampleRepository(tenant);
    const { id: _, ...event } = pushEvent();
    const later = { ...event, timestamp: '2026-03-09T14:45:00Z' };
    expect((await send(repository.hook, { events: [event] })).body.accepted).toBe(1);
    expect((await send(repository.hook, { events: [event] })).body.duplicates).toBe(1);
    expect((await send(repository.hook, { events: [later] })).body.accepted).toBe(1);
  });

  test('or with one that the database cannot keep is taken all the same, and harms no other', async () => {
    const repository = await sampleRepository(tenant);
    const odd = pushEvent({ id: 'a\0b', tag: 'odd' });
    const answers = await Promise.all([
      send(repository.hook, { events: [odd] }),
      ...Array.from({ length: 5 }, () => send(repository.hook, { events: [pushEvent()] })),
    ]);
    expect(answers.map(({ body }) => body.accepted)).toEqual([1, 1, 1, 1, 1, 1]);
    expect((await send(repository.hook, { events: [odd] })).body.duplicates).toBe(1);
  });
});

describe('what is not a delivery', () => {
  test('is answered 202 with a counted reason: an error would be sent again for ever', async () => {
    const { hook } = await sampleRepository(tenant);
    for (const body of ['{nope', '[]', '"x"', '{"events":7}', '']) {
      const { status, body: receipt } = await send(hook, body);
      expect([body, status, receipt.ignored]).toEqual([body, 202, [{ reason: 'malformed-delivery', count: 1 }]]);
    }
    const { text } = await bench.call('GET', '/metrics');
    expect(text).toMatch(/soupcon_hook_events_total\{provider="distribution",outcome="malformed-delivery"\} \d/);
  });

  test('of another content type is read if it can be, else 415', async () => {
    const { hook } = await sampleRepository(tenant);
    const other = { 'content-type': 'text/plain' };
    expect((await send(hook, { events: [pushEvent()] }, other)).body.accepted).toBe(1);
    const refused = await send(hook, 'hello', other);
    expect([refused.status, refused.body]).toMatchObject([415, { code: 'media_type_unsupported' }]);
  });

  test('of more than a mebibyte is refused before it is read', async () => {
    const { hook } = await sampleRepository(tenant);
    const { status, body } = await send(hook, ' '.repeat(1024 * 1024 + 1));
    expect([status, body]).toMatchObject([413, { code: 'body_too_large' }]);
  });
});

describe('the address', () => {
  test('with a wrong token, an unknown connection or a malformed one is told alike, whatever the body', async () => {
    const { hook } = await sampleRepository(tenant);
    const [, , provider, id = '', token = ''] = hook.split('/');
    const wrong = [
      `/hooks/${provider}/${id}/${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      `/hooks/${provider}/${id}/x`,
      `/hooks/${provider}/${randomUUID()}/${token}`,
      `/hooks/${provider}/nonsense/${token}`,
    ];
    const told = new Set<string>();
    for (const url of wrong) {
      for (const body of [{ events: [pushEvent()] }, '{nope']) {
        const { status, text } = await send(url, body);
        told.add(`${status} ${text.replace(/"instance":"[^"]*"/, '')}`);
      }
    }
    expect([...told]).toHaveLength(1);
    expect([...told][0]).toMatch(/^401 .*"unauthenticated"/);
  });

  test('of a provider that there is none of is not found', async () => {
    const { hook } = await sampleRepository(tenant);
    expect((await send(hook.replace('distribution', 'nobody'), { events: [] })).status).toBe(404);
  });

  test('that was replaced is refused from the next delivery on, and the new one is taken', async () => {
    const { hook, registryId } = await sampleRepository(tenant);
    const { body } = await tenant.call<{ hook: { url: string } }>('POST', `/v1/registries/${registryId}/hook-token`);
    expect((await send(hook, { events: [pushEvent()] })).status).toBe(401);
    expect((await send(new URL(body.hook.url).pathname, { events: [pushEvent()] })).status).toBe(202);
  });

  test('of a registry that was disconnected is refused', async () => {
    const { hook, registryId } = await sampleRepository(tenant);
    await tenant.call('DELETE', `/v1/registries/${registryId}`);
    expect((await send(hook, { events: [pushEvent()] })).status).toBe(401);
  });

  test('is in no log', async () => {
    const { hook } = await sampleRepository(tenant);
    await send(hook, { events: [pushEvent()] });
    await send(`${hook}/more?x=${hook}`, { events: [] });
    const token = hook.split('/').at(-1) ?? '';
    expect(
      bench.logged.filter((line) => line.includes('/hooks/distribution/') && line.includes('[redacted]')),
    ).not.toEqual([]);
    expect(bench.logged.filter((line) => line.includes(token))).toEqual([]);
  });
});

test('a delivery that cannot be kept is a 503, so that the registry sends it again', async () => {
  const nowhere = openStore({ url: 'postgres://nobody:x@127.0.0.1:1/none' });
  const broken = await ApiBench.open({ store: nowhere });
  const url = `/hooks/distribution/${randomUUID()}/token`;
  const { status, body, headers } = await broken.call('POST', url, { body: '{"events":[]}', headers: eventsV2 });
  expect([status, body]).toMatchObject([503, { code: 'database_unavailable' }]);
  expect(headers['retry-after']).toBeDefined();
  await broken.close();
});

test('a digest of a kind that we do not know is no reason to lose the tag', async () => {
  const repository = await sampleRepository(tenant);
  await send(repository.hook, { events: [pushEvent({ digest: 'sha512:abc', tag: 'odd' })] });
  expect(await scansOf(repository)).toMatchObject([{ tag: 'odd', digest: null }]);
});
