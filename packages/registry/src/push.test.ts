import { randomBytes } from 'node:crypto';
import { type AppError, Secret } from '@soupcon/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CredentialSource } from './auth.ts';
import type { PushedBlob } from './push.ts';
import { type FakeRegistry, sendJson, sendRaw, startFakeRegistry } from './testing/fake-registry.ts';
import { takePush, uploadPath } from './testing/fake-uploads.ts';
import { type Blob, type BuiltImage, blobOf, buildImage, types } from './testing/image-builder.ts';
import { clientsClosed, newClient } from './testing/tracked.ts';

let fake: FakeRegistry;
let other: FakeRegistry;
let image: BuiltImage;
const big: Blob = blobOf(types.layer, randomBytes(300_000));

beforeEach(async () => {
  [fake, other] = await Promise.all([startFakeRegistry(), startFakeRegistry()]);
  fake.intercept = (request, response, url) => takePush(fake, request, response, url);
  image = await buildImage({ layers: [{ a: 'A' }] });
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

/** A blob that is read in pieces and counts how often. */
function pushed(blob: Blob, bytes: Uint8Array = blob.bytes): PushedBlob & { opened: number } {
  const made = {
    digest: blob.digest,
    size: blob.size,
    opened: 0,
    async *open() {
      made.opened++;
      for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
    },
  };
  return made;
}

test('a blob is asked for, then sent to the place that the registry names, whose query stays as it is', async () => {
  expect(await newClient().client.pushBlob(at(), pushed(big))).toBe('sent');
  expect(fake.blobs.get(big.digest)?.bytes).toEqual(big.bytes);
  expect(fake.lines()).toEqual([
    `HEAD /v2/team/app/blobs/${big.digest}`,
    'POST /v2/team/app/blobs/uploads/',
    `PUT ${uploadPath}&digest=${encodeURIComponent(big.digest)}`,
  ]);
  expect(fake.requests.at(-1)?.headers).toMatchObject({
    'content-length': `${big.size}`,
    'content-type': 'application/octet-stream',
  });
});

test('an empty blob is a blob', async () => {
  const empty = blobOf(types.layer, '');
  expect(await newClient().client.pushBlob(at(), pushed(empty))).toBe('sent');
  expect(fake.blobs.has(empty.digest)).toBe(true);
});

test('a blob that is there is not sent, and one of another repository is mounted if the registry will', async () => {
  const { client } = newClient();
  expect(await client.pushBlob(at(), pushed(big), { from: 'team/base' })).toBe('sent');
  expect(await client.pushBlob(at(), pushed(big))).toBe('present');
  fake.intercept = async (request, response, url) =>
    request.method === 'HEAD' ? sendRaw(response, 404, {}) : takePush(fake, request, response, url);
  expect(await client.pushBlob(at(), pushed(big), { from: 'team/base' })).toBe('mounted');
  expect(fake.lines().at(-1)).toBe(
    `POST /v2/team/app/blobs/uploads/?mount=${encodeURIComponent(big.digest)}&from=team%2Fbase`,
  );
});

test('a place on another host gets the bytes, and no credential', async () => {
  other.intercept = (request, response, url) => takePush(other, request, response, url);
  fake.intercept = (request, response) => {
    if (request.headers.authorization === undefined)
      return sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' });
    return request.method === 'POST' && sendRaw(response, 202, { location: `${other.url}/storage?signature=s` });
  };
  expect(await newClient({ credentials: basic }).client.pushBlob(at(), pushed(big))).toBe('sent');
  expect(other.blobs.has(big.digest)).toBe(true);
  for (const { headers } of other.requests) expect(headers.authorization).toBeUndefined();
});

test.each(['', 'http://['])('a place that is none (%j) is not of the protocol', async (location) => {
  fake.intercept = (request, response) =>
    request.method === 'POST' && sendRaw(response, 202, location === '' ? {} : { location });
  expect(await codeOf(newClient().client.pushBlob(at(), pushed(big)))).toBe('registry_protocol');
});

test('a place at the metadata service is refused', async () => {
  fake.intercept = (request, response) =>
    request.method === 'POST' && sendRaw(response, 202, { location: 'http://169.254.169.254/latest' });
  expect(await codeOf(newClient().client.pushBlob(at(), pushed(big)))).toBe('address_forbidden');
});

test('an upload that is cut or answered with 503 is begun anew, from its first byte', async () => {
  let puts = 0;
  fake.intercept = async (request, response, url) => {
    if (request.method === 'PUT' && ++puts === 1) {
      request.socket.destroy();
      return true;
    }
    if (request.method === 'PUT' && puts === 2) return sendJson(response, 503, {});
    return takePush(fake, request, response, url);
  };
  const { client, timing } = newClient();
  const blob = pushed(big);
  expect(await client.pushBlob(at(), blob)).toBe('sent');
  expect([blob.opened, fake.blobs.has(big.digest), timing.waits]).toEqual([3, true, [100, 200]]);
});

test('tries come to an end, and a wait that is longer than ours is the end at once', async () => {
  let after: Record<string, string> = {};
  fake.intercept = (request, response) => request.method === 'POST' && sendJson(response, 429, {}, after);
  const { client, timing } = newClient();
  expect(await codeOf(client.pushBlob(at(), pushed(big)))).toBe('registry_rate_limited');
  expect(timing.waits).toEqual([100, 200, 400]);
  after = { 'retry-after': '3600' };
  expect(await codeOf(client.pushBlob(at(), pushed(big)))).toBe('registry_rate_limited');
  expect(timing.waits).toHaveLength(3);
});

test.each([
  ['other bytes', Buffer.alloc(300_000), 'blob_digest_mismatch'],
  ['too many', randomBytes(300_001), 'blob_size_mismatch'],
  ['too few', randomBytes(299_999), 'blob_size_mismatch'],
  ['none', Buffer.alloc(0), 'blob_size_mismatch'],
])('%s than those of the digest are never sent whole, and not tried again', async (_, bytes, code) => {
  const blob = pushed(big, bytes);
  expect(await codeOf(newClient().client.pushBlob(at(), blob))).toBe(code);
  expect([blob.opened, fake.blobs.size]).toEqual([1, 0]);
});

test.each([
  [401, 'UNAUTHORIZED', 'access_denied'],
  [403, 'DENIED', 'access_denied'],
  [404, 'NAME_UNKNOWN', 'push_refused'],
  [405, 'UNSUPPORTED', 'push_refused'],
  [400, 'DIGEST_INVALID', 'blob_digest_mismatch'],
  [400, 'SIZE_INVALID', 'blob_size_mismatch'],
  [400, 'NAME_INVALID', 'push_refused'],
  [413, '', 'push_too_large'],
  [409, 'TAG_IMMUTABLE', 'push_refused'],
])('a refusal with %d %s is told as %s with what the registry says', async (status, code, expected) => {
  fake.intercept = (request, response) =>
    request.method !== 'HEAD' && sendJson(response, status, { errors: [{ code, message: 'because' }] });
  const blob = newClient().client.pushBlob(at(), pushed(big));
  await expect(blob).rejects.toMatchObject({ code: expected, subject: expect.stringContaining('because') });
  expect(await codeOf(newClient().client.pushManifest(at(), '1', image.manifest))).toBe(expected);
  expect(fake.lines().filter((line) => !line.startsWith('HEAD'))).toHaveLength(2);
});

test('a manifest is put under a tag and under its digest with its media type', async () => {
  const { client } = newClient();
  for (const name of ['1', image.manifest.digest]) {
    expect(await client.pushManifest(at(), name, image.manifest)).toBe(image.manifest.digest);
    expect(fake.tags.get(name)).toMatchObject({ mediaType: types.manifest, digest: image.manifest.digest });
  }
});

test('a manifest under a digest that is not its own, or beyond 4 MiB, is not sent', async () => {
  const { client } = newClient();
  expect(await codeOf(client.pushManifest(at(), big.digest, image.manifest))).toBe('blob_digest_mismatch');
  const huge = { mediaType: types.manifest, bytes: Buffer.alloc(4 * 1024 * 1024 + 1) };
  expect(await codeOf(client.pushManifest(at(), '1', huge))).toBe('push_too_large');
  expect(fake.requests).toEqual([]);
});

test('a registry that keeps it under another digest than ours has changed it', async () => {
  fake.intercept = (request, response) =>
    request.method === 'PUT' && sendRaw(response, 201, { 'docker-content-digest': big.digest });
  expect(await codeOf(newClient().client.pushManifest(at(), '1', image.manifest))).toBe('blob_digest_mismatch');
});

test('one token with the right to pull and push serves a whole push; a mount asks for both repositories', async () => {
  const scopes: string[] = [];
  fake.intercept = async (request, response, url) => {
    if (url.pathname === '/token') {
      scopes.push(url.searchParams.getAll('scope').join(' '));
      return sendJson(response, 200, { token: 'good', expires_in: 300 });
    }
    if (request.headers.authorization === 'Bearer good') return takePush(fake, request, response, url);
    return sendJson(response, 401, {}, { 'www-authenticate': `Bearer realm="${fake.url}/token",service="s"` });
  };
  const { client } = newClient({ credentials: basic });
  await client.pushBlob(at(), pushed(big));
  await client.pushManifest(at(), '1', image.manifest);
  expect(scopes).toEqual(['repository:team/app:pull,push']);
  await client.pushBlob(at(), pushed(image.config), { from: 'team/base' });
  expect(scopes.slice(1)).toEqual(['repository:team/app:pull,push repository:team/base:pull']);
});

test('a registry that names less than a push needs is asked for a token that serves for all of it', async () => {
  const scopes: string[] = [];
  fake.intercept = async (request, response, url) => {
    if (url.pathname === '/token') {
      scopes.push(...url.searchParams.getAll('scope'));
      return sendJson(response, 200, { token: 'good', expires_in: 300 });
    }
    if (request.headers.authorization === 'Bearer good') return takePush(fake, request, response, url);
    const challenge = `Bearer realm="${fake.url}/token",scope="repository:team/app:pull  repository:other:pull"`;
    return sendJson(response, 401, {}, { 'www-authenticate': challenge });
  };
  await newClient({ credentials: basic }).client.pushBlob(at(), pushed(big));
  expect(scopes).toEqual(['repository:team/app:pull,push', 'repository:other:pull']);
});

test('a push that is stopped says so', async () => {
  fake.intercept = (request) => request.method === 'POST';
  const signal = AbortSignal.timeout(50);
  expect(await codeOf(newClient().client.pushBlob(at(), pushed(big), { signal }))).toBe('aborted');
});
