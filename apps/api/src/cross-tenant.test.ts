import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiBench, type Tenant } from './testing/api-bench.ts';
import {
  addFinding,
  eventsV2,
  pushEvent,
  type SampleImage,
  type SampleRepository,
  sampleFinding,
  sampleImage,
  samplePackage,
  sampleRepository,
} from './testing/samples.ts';

/**
 * No organization sees or touches what is another's: every route there is, asked with A's key for what is B's. A route
 * that is added without a line in `asked` fails here.
 */
let bench: ApiBench;
let a: Tenant;
let b: Tenant;
let ofB: SampleRepository;
let imageOfB: SampleImage;
let keyOfB: string;
let scanOfB: string;

/** Texts that only B knows. */
const secretsOfB = ['b-only-name', 'team/secret', 'left-pad-of-b', 'CVE-2026-0001', 'b-only-tag'];

beforeAll(async () => {
  bench = await ApiBench.open();
  [a, b] = [await bench.tenant('a'), await bench.tenant('b-only-name')];
  ofB = await sampleRepository(b, { name: 'team/secret' });
  const packages = [samplePackage('left-pad-of-b', '1.0.0')];
  const where = { organizationId: b.organizationId, repositoryId: ofB.repositoryId };
  imageOfB = await sampleImage(bench, where, { seed: 'b', tag: 'b-only-tag', packages });
  const [{ purl } = { purl: '' }] = packages;
  await addFinding(bench.store, { purl, finding: sampleFinding('CVE-2026-0001'), since: '2026-01-01T00:00:00Z' });
  keyOfB = (await b.call<{ id: string }>('POST', '/v1/keys', { body: { name: 'b-only-name' } })).body.id;
  const scan = { repository: ofB.repositoryId, tag: 'b-only-tag' };
  scanOfB = (await b.call<{ id: string }>('POST', '/v1/scans', { body: scan })).body.id;
  await bench.call('POST', ofB.hook, { body: JSON.stringify({ events: [pushEvent()] }), headers: eventsV2 });
});
afterAll(() => bench.close());

interface Asked {
  readonly url?: string;
  readonly body?: () => unknown;
  /** What A gets. `empty` is a list without anything in it. */
  readonly expect: 404 | 'empty' | 'own';
}

/** By route: how A asks for what is B's. */
const asked: Readonly<Record<string, Asked>> = {
  'GET /v1/keys': { expect: 'own' },
  'POST /v1/keys': { body: () => ({ name: 'mine' }), expect: 'own' },
  'DELETE /v1/keys/:id': { url: 'key', expect: 404 },
  'GET /v1/registries': { expect: 'empty' },
  'GET /v1/registries/:id': { url: 'registry', expect: 404 },
  'POST /v1/registries': {
    body: () => ({ provider: 'distribution', name: 'mine', host: 'registry.example.test:5000' }),
    expect: 'own',
  },
  'POST /v1/registries/:id/hook-token': { url: 'registry', expect: 404 },
  'DELETE /v1/registries/:id': { url: 'registry', expect: 404 },
  'GET /v1/repositories': { expect: 'empty' },
  'POST /v1/repositories': { body: () => ({ registry: ofB.registryId, name: 'team/secret' }), expect: 404 },
  'GET /v1/repositories/:id': { url: 'repository', expect: 404 },
  'GET /v1/repositories/:id/tags': { url: 'repository', expect: 404 },
  'GET /v1/repositories/:id/images': { url: 'repository', expect: 404 },
  'PUT /v1/repositories/:id/scanning': { url: 'repository', body: () => ({ tags: ['x'] }), expect: 404 },
  'DELETE /v1/repositories/:id/scanning': { url: 'repository', expect: 404 },
  'POST /v1/scans': { body: () => ({ repository: ofB.repositoryId, tag: 'x' }), expect: 404 },
  'GET /v1/scans': { expect: 'empty' },
  'GET /v1/scans/:id': { url: 'scan', expect: 404 },
  'GET /v1/images/:digest': { url: 'image', expect: 404 },
  'GET /v1/images/:digest/label': { url: 'image', expect: 404 },
  'GET /v1/images/:digest/packages': { url: 'image', expect: 404 },
  'GET /v1/images/:digest/layers': { url: 'image', expect: 404 },
  'GET /v1/images/:digest/findings': { url: 'image', expect: 404 },
  'GET /v1/vulnerabilities/:id/images': { url: 'vulnerability', expect: 'empty' },
  'GET /v1/packages': { url: 'purl', expect: 'empty' },
};

/** The address of a route with B's ids in it. */
function urlOf(route: RouteOptions, { url: kind }: Asked): string {
  const ids: Record<string, string> = {
    key: keyOfB,
    registry: ofB.registryId,
    repository: ofB.repositoryId,
    scan: scanOfB,
    image: imageOfB.digest,
    vulnerability: 'CVE-2026-0001',
  };
  if (kind === 'purl') return `${route.url}?purl=${encodeURIComponent(imageOfB.packages[0]?.purl ?? '')}`;
  return route.url.replace(/:\w+/, ids[kind ?? ''] ?? '');
}

const ofKeys = () => bench.routes.filter(({ url }) => url.startsWith('/v1/'));
const nameOf = ({ method, url }: RouteOptions) => `${String(method)} ${url}`;

test('every route that needs a key is asked here, and nothing else', () => {
  expect(ofKeys().map(nameOf).sort()).toEqual(Object.keys(asked).sort());
});

test("with A's key and B's ids nothing of B's is answered, and B can ask the same", async () => {
  for (const route of ofKeys().filter(({ method }) => method === 'GET')) {
    const how = asked[nameOf(route)] ?? { expect: 404 };
    const { status, text, body } = await b.call<{ items?: unknown[] }>('GET', urlOf(route, how));
    expect([nameOf(route), status]).toEqual([nameOf(route), 200]);
    if (body.items !== undefined) expect(body.items, nameOf(route)).not.toEqual([]);
    const known = [...secretsOfB, ofB.registryId, imageOfB.digest, 'COPY . .'];
    expect(
      known.some((one) => text.includes(one)),
      nameOf(route),
    ).toBe(true);
  }
  for (const route of ofKeys()) {
    const how = asked[nameOf(route)] ?? { expect: 404 };
    const body = how.body?.();
    const {
      status,
      text,
      body: answer,
    } = await a.call<{ items?: unknown[] }>(
      String(route.method) as 'GET',
      urlOf(route, how),
      body === undefined ? {} : { body },
    );
    if (how.expect === 404) expect([nameOf(route), status]).toEqual([nameOf(route), 404]);
    else expect([nameOf(route), Math.floor(status / 100)]).toEqual([nameOf(route), 2]);
    if (how.expect === 'empty') expect(answer.items, nameOf(route)).toEqual([]);
    const said = how.expect === 404 ? text.replace(/"detail":"[^"]*"/, '') : text; // What was asked is said again there.
    expect(
      secretsOfB.filter((secret) => said.includes(secret)),
      nameOf(route),
    ).toEqual([]);
  }
});

test("after all that, B's things are as they were", async () => {
  const { body } = await b.call('GET', `/v1/repositories/${ofB.repositoryId}`);
  expect(body).toMatchObject({ name: 'team/secret', scanning: true, tags: 1 });
  expect((await b.call('GET', '/v1/keys')).text).not.toMatch(/"revokedAt":"/);
  const events = { body: JSON.stringify({ events: [pushEvent()] }), headers: eventsV2 };
  expect((await bench.call('POST', ofB.hook, events)).status).toBe(202);
  expect((await b.call('GET', `/v1/scans/${scanOfB}`)).body).toMatchObject({ state: 'waiting' });
});

test("what is not there and what is another's are told alike", async () => {
  const nowhere = '01234567-89ab-4cde-8f01-23456789abcd';
  const tell = async (url: string, id: string) => {
    const { status, text } = await a.call('GET', url.replace(':id', id));
    return `${status} ${text.replaceAll(id, 'ID').replace(/"instance":"[^"]*"/, '')}`;
  };
  for (const [url, id] of [
    ['/v1/registries/:id', ofB.registryId],
    ['/v1/repositories/:id', ofB.repositoryId],
    ['/v1/scans/:id', scanOfB],
  ] as const) {
    expect(await tell(url, id)).toBe(await tell(url, nowhere));
  }
  const unknown = `sha256:${'0'.repeat(64)}`;
  for (const part of ['', '/label', '/packages', '/findings', '/layers']) {
    const url = `/v1/images/:id${part}`;
    expect(await tell(url, imageOfB.digest)).toBe(await tell(url, unknown));
  }
});

test('without a key every route is 401, and says nothing of what there is', async () => {
  for (const route of ofKeys()) {
    const how = asked[nameOf(route)] ?? { expect: 404 };
    for (const authorization of [undefined, 'Bearer nonsense', `Basic ${a.key}`, `Bearer ${a.key}x`]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const { status, body } = await bench.call(String(route.method) as 'GET', urlOf(route, how), { headers });
      expect([nameOf(route), status, body['code']]).toEqual([nameOf(route), 401, 'unauthenticated']);
    }
  }
});
