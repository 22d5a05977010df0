import { randomBytes } from 'node:crypto';
import { type AppError, type Digest, digestOf, Secret } from '@soupcon/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CredentialSource } from './auth.ts';
import { cutAfter, type FakeRegistry, sendJson, sendRaw, startFakeRegistry } from './testing/fake-registry.ts';
import { type Blob, type BuiltImage, blobOf, buildImage, readAll, types } from './testing/image-builder.ts';
import { clientsClosed, newClient } from './testing/tracked.ts';

let fake: FakeRegistry;
let other: FakeRegistry;
let image: BuiltImage;
let big: Blob;

beforeEach(async () => {
  [fake, other] = await Promise.all([startFakeRegistry(), startFakeRegistry()]);
  image = await buildImage({ layers: [{ a: 'A' }] });
  big = blobOf(types.layer, randomBytes(3 * 1024 * 1024));
  for (const blob of [image.manifest, image.config, ...image.layers, big]) fake.blobs.set(blob.digest, blob);
  fake.tags.set('1', image.manifest);
});
afterEach(async () => {
  await clientsClosed();
  await Promise.all([fake.close(), other.close()]);
});

const at = () => ({ registry: fake.host, repository: 'team/app' });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: AppError) => error.code,
  );
const basic: CredentialSource = async () => ({
  kind: 'basic',
  id: 'a',
  username: 'ann',
  password: new Secret('s3cret'),
});
const basicHeader = `Basic ${Buffer.from('ann:s3cret').toString('base64')}`;
const pull = async (blob: Blob, client = newClient().client) => readAll(await client.blob(at(), blob));

test('a manifest comes with its digest, asked for with every media type that is understood', async () => {
  const document = await newClient().client.manifest(at(), '1');
  expect(document).toMatchObject({ digest: image.manifest.digest, mediaType: types.manifest });
  const accept = fake.requests.at(-1)?.headers.accept;
  for (const type of ['manifest.list.v2', 'manifest.v2', 'image.index.v1', 'image.manifest.v1'])
    expect(accept).toContain(`${type}+json`);
});

test('a loopback registry is asked by https, then by http', async () => {
  const { client } = newClient();
  await client.manifest(at(), '1');
  await client.manifest(at(), '1');
  expect(fake.lines()).toEqual(['GET /v2/team/app/manifests/1', 'GET /v2/team/app/manifests/1']);
});

test('what is not there is said to be so, with the words of the registry', async () => {
  await expect(newClient().client.manifest(at(), 'none')).rejects.toMatchObject({
    code: 'image_not_found',
    subject: `${fake.host}/team/app:none; it says: MANIFEST_UNKNOWN: not here`,
  });
  const absent = blobOf('x', 'never pushed');
  expect(await codeOf(newClient().client.blob(at(), absent))).toBe('blob_missing');
  expect(await newClient().client.hasBlob(at(), absent.digest)).toBe(false);
  expect(await newClient().client.hasBlob(at(), big.digest)).toBe(true);
});

test.each(['floods', 'stops'])('a refusal whose body %s is told all the same, and is not read on', async (how) => {
  let sent = 0;
  fake.intercept = (_, response) => {
    response.writeHead(404).write('{');
    const more = () => {
      sent += 65_536;
      if (!response.destroyed) response.write(Buffer.alloc(65_536, 32), () => setImmediate(more));
    };
    if (how === 'floods') more();
    return true;
  };
  const startedAt = performance.now();
  expect(await codeOf(newClient().client.blob(at(), big))).toBe('blob_missing');
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(sent).toBeLessThan(16 * 1024 * 1024);
});

test('HEAD tells the digest and the kind of a tag; where it does not say them, the manifest does', async () => {
  const expected = { digest: image.manifest.digest, mediaType: types.manifest };
  expect(await newClient().client.headManifest(at(), '1')).toEqual(expected);
  expect(fake.lines()).toEqual(['HEAD /v2/team/app/manifests/1']);
  fake.intercept = (request, response) => request.method === 'HEAD' && sendRaw(response, 200, {});
  expect(await newClient().client.headManifest(at(), '1')).toEqual(expected);
  expect(await codeOf(newClient().client.headManifest(at(), 'none'))).toBe('image_not_found');
});

test('a digest that HEAD says for another one is not believed', async () => {
  const other = `sha256:${'0'.repeat(64)}`;
  fake.intercept = (request, response) =>
    request.method === 'HEAD' && sendRaw(response, 200, { 'docker-content-digest': other });
  const { digest } = await newClient().client.headManifest(at(), image.manifest.digest);
  expect(digest).toBe(image.manifest.digest);
});

test('bytes that are not what was asked for, or not what the registry says, are refused', async () => {
  fake.intercept = (request, response) => {
    if (!request.url?.includes('/manifests/')) return false;
    response.writeHead(200, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end('{"schemaVersion":2}');
    return true;
  };
  expect(await codeOf(newClient().client.manifest(at(), '1'))).toBe('blob_digest_mismatch');
  expect(await codeOf(newClient().client.manifest(at(), image.manifest.digest))).toBe('blob_digest_mismatch');
});

test.each([
  ['a web page', 'text/html', '<!DOCTYPE html><html>Sign in</html>'],
  ['text', 'text/plain', 'it works'],
  ['nothing', 'application/json', ''],
])('%s instead of a manifest is said in words', async (what, type, body) => {
  fake.intercept = (_, response) => sendRaw(response, 200, { 'content-type': type }, body);
  await expect(newClient().client.manifest(at(), '1')).rejects.toMatchObject({
    code: 'registry_protocol',
    subject: expect.stringContaining(what),
  });
});

test('a manifest beyond 4 MiB is refused', async () => {
  fake.intercept = (_, response) => sendRaw(response, 200, {}, `{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`);
  expect(await codeOf(newClient().client.manifest(at(), '1'))).toBe('response_too_large');
});

test('429 waits as long as it is told, and is an error once the tries are used up', async () => {
  let left = 2;
  fake.intercept = (_, response) => left-- > 0 && sendJson(response, 429, {}, { 'retry-after': '2' });
  const first = newClient();
  await first.client.manifest(at(), '1');
  expect(first.timing.waits).toEqual([2000, 2000]);
  left = 100;
  await expect(newClient().client.manifest(at(), '1')).rejects.toMatchObject({
    code: 'registry_rate_limited',
    subject: expect.stringContaining('again in 2 s'),
    detail: { retryAfterMs: 2000 },
  });
});

test('503 is tried again, then told as a registry that does not answer; a closed port too', async () => {
  fake.intercept = (_, response) => sendJson(response, 503, {});
  const { client, timing } = newClient();
  expect(await codeOf(client.manifest(at(), '1'))).toBe('registry_unavailable');
  expect(timing.waits).toEqual([100, 200, 400]);
  expect(await codeOf(newClient().client.manifest({ registry: '127.0.0.1:1', repository: 'a' }, '1'))).toBe(
    'registry_unavailable',
  );
});

test('a blob that is cut twice is put together again, each byte once', async () => {
  let cuts = 0;
  fake.intercept = (request, response) => {
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    return request.url?.includes(big.digest) && cuts++ < 2 ? cutAfter(response, big, 500_000, start) : false;
  };
  expect(digestOf(await pull(big))).toBe(big.digest);
  const ranges = fake.requests.filter(({ line }) => line.includes(big.digest)).map(({ headers }) => headers.range);
  expect(ranges).toEqual([undefined, 'bytes=500000-', 'bytes=1000000-']);
});

test('a registry that answers a range with the whole is skipped forward', async () => {
  let cuts = 0;
  fake.intercept = (request, response) => {
    if (cuts++ === 0) return cutAfter(response, big, 1_000_000);
    delete request.headers.range;
    return false;
  };
  expect(digestOf(await pull(big))).toBe(big.digest);
});

test('a range that was not asked for is refused', async () => {
  let cuts = 0;
  fake.intercept = (_, response) => {
    if (cuts++ === 0) return cutAfter(response, big, 1_000_000);
    response.writeHead(206, { 'content-range': `bytes 5-9/${big.size}` }).end('abcde');
    return true;
  };
  expect(await codeOf(pull(big))).toBe('registry_protocol');
});

test('cuts are forgiven while there is progress, not for ever', async () => {
  fake.intercept = (request, response) => {
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    return cutAfter(response, big, 10, start);
  };
  const { client, timing } = newClient();
  await expect(pull(big, client)).rejects.toMatchObject({
    code: 'registry_unavailable',
    subject: expect.stringContaining('cut off after 40 bytes'),
  });
  expect(timing.waits).toEqual([100, 200, 400]);
});

test.each([-1, 1])(
  'a manifest that lies about a size by %d is found out before a byte too many is given',
  async (by) => {
    const wrong = { ...big, size: big.size + by };
    expect(await codeOf(pull(wrong))).toBe('blob_size_mismatch');
    fake.intercept = (_, response) => sendRaw(response, 200, { 'transfer-encoding': 'chunked' }, big.bytes);
    let given = 0;
    const reading = (async () => {
      for await (const piece of await newClient().client.blob(at(), wrong)) given += piece.length;
    })();
    expect(await codeOf(reading)).toBe('blob_size_mismatch');
    expect(given).toBeLessThanOrEqual(big.size);
  },
);

test('a redirect to storage is followed without our credentials, and a resume starts at the registry again', async () => {
  let cuts = 0;
  other.blobs.set(big.digest, big);
  other.intercept = (_, response) => (cuts++ === 0 ? cutAfter(response, big, 1_000_000) : false);
  fake.intercept = (request, response) => {
    if (request.headers.authorization !== basicHeader)
      return sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' });
    if (!request.url?.includes('/blobs/')) return false;
    response.writeHead(307, { location: `${other.url}/v2/x/blobs/${big.digest}?X-Amz-Signature=${cuts}` }).end();
    return true;
  };
  expect(digestOf(await pull(big, newClient({ credentials: basic }).client))).toBe(big.digest);
  expect(other.requests).toHaveLength(2);
  expect(other.lines()[1]).toContain('X-Amz-Signature=1');
  for (const { headers } of [...other.requests]) expect(headers.authorization).toBeUndefined();
});

test('a redirect target that challenges gets an anonymous token, never our credential', async () => {
  other.blobs.set(big.digest, big);
  other.intercept = (request, response, url) => {
    if (url.pathname === '/token') return sendJson(response, 200, { token: 'anonymous' });
    if (request.headers.authorization === 'Bearer anonymous') return false;
    return sendJson(response, 401, {}, { 'www-authenticate': `Bearer realm="${other.url}/token",service="o"` });
  };
  fake.intercept = (request, response) => {
    if (request.headers.authorization !== basicHeader)
      return sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' });
    response.writeHead(307, { location: `${other.url}/v2/x/blobs/${big.digest}` }).end();
    return true;
  };
  expect(digestOf(await pull(big, newClient({ credentials: basic }).client))).toBe(big.digest);
  for (const { headers } of other.requests) expect(headers.authorization ?? '').not.toContain('Basic');
});

test('a redirect to the metadata service is refused', async () => {
  fake.intercept = (_, response) => sendRaw(response, 307, { location: 'http://169.254.169.254/latest/' });
  expect(await codeOf(newClient().client.blob(at(), big))).toBe('address_forbidden');
});

test('a stopped pull says so, and a stream that is left early frees its connection', async () => {
  const { client } = newClient();
  const stop = new AbortController();
  fake.intercept = (_, response) => {
    response.writeHead(200, { 'content-length': big.size }).write(big.bytes.subarray(0, 1000));
    return true;
  };
  const reading = client.blob(at(), big, stop.signal).then(readAll);
  setTimeout(() => stop.abort(), 50);
  expect(await codeOf(reading)).toBe('aborted');
  for await (const _ of await client.blob(at(), big)) break;
});

test('tags are listed page by page, on the same host whatever the link says, and circles end', async () => {
  const pages: Record<string, [unknown, string?]> = {
    '/v2/team/app/tags/list?n=1000': [['a', 'b'], '</v2/team/app/tags/list?n=1000&last=b>; rel="next"'],
    '/v2/team/app/tags/list?n=1000&last=b': [null, `<http://169.254.169.254/v2/team/app/tags/list?last=c>; rel=next`],
    '/v2/team/app/tags/list?last=c': [['c', 7], '</v2/team/app/tags/list?n=1000>; rel="next"'],
  };
  fake.intercept = (request, response) => {
    const [tags, link] = pages[request.url ?? ''] ?? [];
    return tags === undefined ? false : sendJson(response, 200, { name: 'team/app', tags }, link ? { link } : {});
  };
  expect(await newClient().client.listTags(at())).toEqual({ tags: ['a', 'b', 'c'], complete: true });
  fake.intercept = (_, response) => sendJson(response, 200, { name: 'team/app', tags: null });
  expect(await newClient().client.listTags(at())).toEqual({ tags: [], complete: true });
  fake.intercept = (_, response) => sendJson(response, 200, [1]);
  expect(await codeOf(newClient().client.listTags(at()))).toBe('registry_protocol');
});

test("Harbor's refusal by policy is a denial in its own words", async () => {
  fake.intercept = (_, response) =>
    sendJson(response, 412, { errors: [{ code: 'PROJECTPOLICYVIOLATION', message: 'has\nCVEs' }] });
  await expect(newClient().client.manifest(at(), '1')).rejects.toMatchObject({
    code: 'access_denied',
    subject: expect.stringContaining('policy of the registry; it says: PROJECTPOLICYVIOLATION: has CVEs'),
  });
});

test('a digest header of a kind that cannot be verified says nothing', async () => {
  fake.intercept = (_, response) =>
    sendRaw(response, 200, { 'docker-content-digest': 'blake3:abc' }, image.manifest.bytes);
  expect((await newClient().client.manifest(at(), '1')).digest satisfies Digest).toBe(image.manifest.digest);
});
