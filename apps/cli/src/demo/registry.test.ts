import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf, silentLogger } from '@soupcon/model';
import { createNet } from '@soupcon/net';
import { createRegistryClient, type PushEvent, webhooks } from '@soupcon/registry';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DemoRegistry, startDemoRegistry } from './registry.ts';

let registry: DemoRegistry;
let hook: URL | null;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  hook = null;
  registry = await startDemoRegistry({ notify: () => hook, logger: silentLogger });
  cleanups.push(() => registry.close());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const big = randomBytes(1_000_000);
const config = Buffer.from('{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}');
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const partOf = (bytes: Uint8Array) => ({ digest: digestOf(bytes), size: bytes.length });
const manifest = {
  mediaType: manifestType,
  bytes: Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config: partOf(config), layers: [partOf(big)] }),
  ),
};

function client() {
  const net = createNet({ allowPrivate: true, userAgent: 'soupcon/test' });
  cleanups.push(() => net.close());
  return createRegistryClient({ net, retry: { attempts: 1, baseMs: 1, capMs: 1 } });
}

const at = (repository = 'team/app') => ({ registry: registry.host, repository });
const blobOf = (bytes: Uint8Array) => ({
  ...partOf(bytes),
  async *open() {
    for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
  },
});

async function pushImage(tag: string, repository = 'team/app'): Promise<void> {
  const pushing = client();
  for (const bytes of [config, big]) await pushing.pushBlob(at(repository), blobOf(bytes));
  await pushing.pushManifest(at(repository), tag, manifest);
}

/** A request as any client would send it. */
async function ask(method: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`http://${registry.host}${path}`, { method, ...init });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

test('what is pushed is what is pulled, by tag and by digest', async () => {
  await pushImage('1');
  const pulling = client();
  const digest = digestOf(manifest.bytes);
  for (const name of ['1', digest]) expect((await pulling.manifest(at(), name)).bytes).toEqual(manifest.bytes);
  expect(await pulling.headManifest(at(), '1')).toEqual({ digest, mediaType: manifestType });
  const chunks: Uint8Array[] = [];
  for await (const chunk of await pulling.blob(at(), { ...partOf(big), mediaType: '' })) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(big)).toBe(true);
});

test('a blob of one repository is not one of another until it is mounted there', async () => {
  await pushImage('1', 'team/base');
  const pushing = client();
  expect(await pushing.hasBlob(at(), digestOf(big))).toBe(false);
  expect(await pushing.pushBlob(at(), blobOf(big), { from: 'team/none' })).toBe('sent');
  expect(await pushing.pushBlob(at('team/other'), blobOf(big), { from: 'team/base' })).toBe('mounted');
  expect(await pushing.hasBlob(at('team/other'), digestOf(big))).toBe(true);
});

test('a blob comes in pieces, each where the last one ended, and is held against its digest', async () => {
  const { headers } = await ask('POST', '/v2/team/app/blobs/uploads/');
  const place = headers.get('location') ?? '';
  const patch = (body: Uint8Array, range: string) =>
    ask('PATCH', place, { body: Buffer.from(body), headers: { 'content-range': range } });
  expect((await patch(big.subarray(0, 400_000), '0-399999')).headers.get('range')).toBe('0-399999');
  expect((await patch(big.subarray(5), '5-999999')).status).toBe(416);
  expect((await ask('GET', place)).headers.get('range')).toBe('0-399999');
  expect((await patch(big.subarray(400_000), '400000-999999')).status).toBe(202);
  expect((await ask('PUT', `${place}?digest=${digestOf(big)}`)).status).toBe(201);
  expect((await ask('HEAD', `/v2/team/app/blobs/${digestOf(big)}`)).headers.get('content-length')).toBe('1000000');
});

test('bytes of another digest are not kept, and their upload is over', async () => {
  const { headers } = await ask('POST', '/v2/team/app/blobs/uploads/');
  const place = `${headers.get('location')}?digest=${digestOf(big)}`;
  expect((await ask('PUT', place, { body: 'other bytes' })).status).toBe(400);
  expect((await ask('PUT', place, { body: Buffer.from(big) })).status).toBe(404);
  expect((await ask('GET', `/v2/team/app/blobs/${digestOf(big)}`)).status).toBe(404);
});

test.each([
  ['bytes=0-9', 206, 'bytes 0-9/1000000', [0, 10]],
  ['bytes=999990-', 206, 'bytes 999990-999999/1000000', [999_990, 1_000_000]],
  ['bytes=-5', 206, 'bytes 999995-999999/1000000', [999_995, 1_000_000]],
  ['bytes=999999-2000000', 206, 'bytes 999999-999999/1000000', [999_999, 1_000_000]],
  ['pages=1', 200, null, [0, 1_000_000]],
  ['bytes=1000000-', 416, 'bytes */1000000', null],
])('the range %s is answered with %d', async (range, status, contentRange, part) => {
  await pushImage('1');
  const answer = await ask('GET', `/v2/team/app/blobs/${digestOf(big)}`, { headers: { range } });
  expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange]);
  if (part !== null) expect(answer.bytes.equals(big.subarray(part[0], part[1]))).toBe(true);
});

test('tags are listed in order, page by page', async () => {
  for (const tag of ['b', 'a', 'c']) await pushImage(tag);
  expect(await client().listTags(at())).toEqual({ tags: ['a', 'b', 'c'], complete: true });
  const { headers, bytes } = await ask('GET', '/v2/team/app/tags/list?n=2');
  expect(JSON.parse(`${bytes}`)).toEqual({ name: 'team/app', tags: ['a', 'b'] });
  expect(headers.get('link')).toBe('</v2/team/app/tags/list?n=2&last=b>; rel="next"');
});

test.each([
  ['GET', '/v2/team/none/tags/list', '', 404, 'NAME_UNKNOWN'],
  ['GET', '/v2/team/app/manifests/none', '', 404, 'MANIFEST_UNKNOWN'],
  ['GET', '/v2/Team/app/manifests/1', '', 400, 'NAME_INVALID'],
  ['GET', '/v2/../etc/manifests/1', '', 405, 'UNSUPPORTED'],
  ['PUT', '/v2/team/app/manifests/-bad', '{}', 400, 'TAG_INVALID'],
  ['PUT', '/v2/team/app/manifests/1', 'no JSON', 400, 'MANIFEST_INVALID'],
  ['PUT', `/v2/team/app/manifests/${digestOf(big)}`, '{}', 400, 'DIGEST_INVALID'],
  [
    'PUT',
    '/v2/team/app/manifests/1',
    `{"layers":[{"digest":"sha256:${'0'.repeat(64)}"}]}`,
    404,
    'MANIFEST_BLOB_UNKNOWN',
  ],
  ['PUT', '/v2/team/app/manifests/1', `{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`, 413, 'SIZE_INVALID'],
  ['PUT', '/v2/team/app/blobs/uploads/none?digest=x', '', 400, 'DIGEST_INVALID'],
  ['PATCH', '/v2/team/app/blobs/uploads/none', 'x', 404, 'BLOB_UPLOAD_UNKNOWN'],
  ['DELETE', '/v2/team/app/manifests/1', '', 405, 'UNSUPPORTED'],
  ['GET', '/', '', 405, 'UNSUPPORTED'],
])('%s %s is refused with %s %d', async (method, path, body, status, code) => {
  await pushImage('1');
  const answer = await ask(method, path, body === '' ? {} : { body });
  expect(answer.status).toBe(status);
  expect(JSON.parse(`${answer.bytes}`)).toMatchObject({ errors: [{ code }] });
});

/** A receiver that fails as often as it is told, then reads with the webhook that is for this registry. */
async function receiver(failures: number): Promise<PushEvent[]> {
  const events: PushEvent[] = [];
  const webhook = webhooks.find(({ id }) => id === 'distribution');
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    if (failures-- > 0) return void response.writeHead(503).end();
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    events.push(...(webhook?.parse({ headers, body: Buffer.concat(chunks) }).events ?? []));
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  hook = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/distribution/a/b`);
  return events;
}

test('a manifest that is put is told in the words of the webhook, by tag with it, and again until it is taken', async () => {
  const events = await receiver(2);
  await pushImage('1');
  await client().pushManifest(at(), digestOf(manifest.bytes), manifest);
  await expect.poll(() => events.length, { timeout: 10_000 }).toBe(2);
  const expected = {
    repository: 'team/app',
    digest: digestOf(manifest.bytes),
    mediaType: manifestType,
    host: registry.host,
    pushedAt: expect.stringMatching(/Z$/),
    deliveryId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    actor: null,
  };
  expect(events).toEqual([
    { ...expected, tag: '1' },
    { ...expected, tag: null },
  ]);
});

test('a registry that is closed while nobody takes its notices ends all the same', async () => {
  hook = new URL('http://127.0.0.1:1/');
  await pushImage('1');
  await registry.close();
  await expect(ask('GET', '/v2/')).rejects.toThrow();
});
