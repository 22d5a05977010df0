import { type AppError, Secret } from '@soupcon/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CredentialSource, createTokenCache } from './auth.ts';
import { type FakeRegistry, sendJson, startFakeRegistry } from './testing/fake-registry.ts';
import { buildImage } from './testing/image-builder.ts';
import { clientsClosed, newClient } from './testing/tracked.ts';

let fake: FakeRegistry;
/** The token that is good now, what was asked of the token server, and its answer. */
let good: string;
let asked: { method: string; query: [string, string][]; body: string; authorization: string | undefined }[];
let answer: (n: number) => [number, object];

beforeEach(async () => {
  fake = await startFakeRegistry();
  const { manifest } = await buildImage({ layers: [{ a: 'A' }] });
  fake.tags.set('1', manifest);
  good = 't1';
  asked = [];
  answer = (n) => [200, { token: `t${n}`, expires_in: 300 }];
  fake.intercept = async (request, response, url) => {
    if (url.pathname === '/token') {
      let body = '';
      for await (const chunk of request) body += chunk;
      asked.push({
        method: request.method ?? '',
        query: [...url.searchParams],
        body,
        authorization: request.headers.authorization,
      });
      const [status, json] = answer(asked.length);
      return sendJson(response, status, json);
    }
    if (request.headers.authorization === `Bearer ${good}`) return false;
    return sendJson(
      response,
      401,
      { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
      {
        'www-authenticate': `Bearer realm="${fake.url}/token?keep=1",service="fake",scope="repository:a/b:pull repository:c:pull"`,
      },
    );
  };
});
afterEach(async () => {
  await clientsClosed();
  await fake.close();
});

const at = () => ({ registry: fake.host, repository: 'a/b' });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: AppError) => error.code,
  );
const basic: CredentialSource = async () => ({
  kind: 'basic',
  id: 'ann',
  username: 'ann',
  password: new Secret('s3cret'),
});
const manifestLines = () => fake.lines().filter((line) => line.includes('/manifests/'));

test('a challenge is answered with a token, asked for scope by scope beside what the realm already has', async () => {
  const { client } = newClient();
  await client.manifest(at(), '1');
  expect(asked).toEqual([
    {
      method: 'GET',
      query: [
        ['keep', '1'],
        ['service', 'fake'],
        ['scope', 'repository:a/b:pull'],
        ['scope', 'repository:c:pull'],
        ['client_id', 'soupcon'],
      ],
      body: '',
      authorization: undefined,
    },
  ]);
});

test('a token serves until ten seconds before its end, then a new one is asked for', async () => {
  const { client, timing } = newClient({ credentials: basic });
  await client.manifest(at(), '1');
  timing.nowMs += 289_000;
  await client.manifest(at(), '1');
  expect([asked.length, manifestLines().length]).toEqual([1, 3]);
  good = 't2';
  timing.nowMs += 2000;
  await client.manifest(at(), '1');
  expect(asked).toHaveLength(2);
  expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('ann:s3cret').toString('base64')}`);
});

test('without a lifetime a token serves a minute, and one from a clock ahead of ours counts from now', async () => {
  answer = (n) => [200, { access_token: `t${n}`, issued_at: '2030-01-01T00:00:00Z' }];
  const { client, timing } = newClient();
  await client.manifest(at(), '1');
  timing.nowMs += 49_000;
  await client.manifest(at(), '1');
  expect(asked).toHaveLength(1);
  good = 't2';
  timing.nowMs += 2000;
  await client.manifest(at(), '1');
  expect(asked).toHaveLength(2);
});

test('a token that is revoked before its time is replaced, once', async () => {
  const { client } = newClient();
  await client.manifest(at(), '1');
  good = 't2';
  await client.manifest(at(), '1');
  good = 'never';
  await expect(client.manifest(at(), '1')).rejects.toMatchObject({
    code: 'access_denied',
    subject: expect.stringContaining('without credentials; it says: UNAUTHORIZED: authentication required'),
  });
  expect(asked).toHaveLength(3);
});

test('requests side by side share one token request', async () => {
  const { client } = newClient();
  await Promise.all([1, 2, 3, 4].map(() => client.manifest(at(), '1')));
  expect(asked).toHaveLength(1);
});

test("a shared cache never gives one credential's token to another", async () => {
  const tokens = createTokenCache();
  await newClient({ tokens, credentials: basic }).client.manifest(at(), '1');
  good = 't2';
  await newClient({ tokens }).client.manifest(at(), '1');
  expect(asked.map(({ authorization }) => authorization !== undefined)).toEqual([true, false]);
});

const identity: CredentialSource = async () => ({
  kind: 'identity',
  id: 'i',
  username: 'ann',
  token: new Secret('refresh'),
});

test('an identity token is exchanged by POST', async () => {
  await newClient({ credentials: identity }).client.manifest(at(), '1');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ method: 'POST', authorization: undefined });
  expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
    grant_type: 'refresh_token',
    client_id: 'soupcon',
    service: 'fake',
    scope: 'repository:a/b:pull repository:c:pull',
    refresh_token: 'refresh',
  });
});

test('a token server without POST gets the identity token by GET', async () => {
  answer = (n) => (n === 1 ? [404, {}] : [200, { token: 't1' }]);
  await newClient({ credentials: identity }).client.manifest(at(), '1');
  expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

test('a ready registry token is sent as it is', async () => {
  const credentials: CredentialSource = async () => ({ kind: 'bearer', id: 'r', token: new Secret('t1') });
  await newClient({ credentials }).client.manifest(at(), '1');
  expect(manifestLines()).toHaveLength(1);
});

test.each([
  [401, 'access_denied'],
  [403, 'access_denied'],
  [404, 'registry_protocol'],
  [429, 'registry_rate_limited'],
  [500, 'registry_unavailable'],
])('a token server that answers %d means %s', async (status, code) => {
  answer = () => [status, {}];
  expect(await codeOf(newClient().client.manifest(at(), '1'))).toBe(code);
});

test.each([{}, { token: 7 }, { token: 'with blank' }, { token: '' }, [], 'text'])(
  'the token answer %j is refused',
  async (body) => {
    answer = () => [200, body as object];
    await expect(newClient().client.manifest(at(), '1')).rejects.toMatchObject({
      code: 'registry_protocol',
      subject: expect.not.stringContaining('keep=1'),
    });
  },
);

test.each([
  ['http://169.254.169.254/token', 'address_forbidden'],
  ['ftp://a.test/token', 'registry_protocol'],
  ['not a url', 'registry_protocol'],
  ['', 'registry_protocol'],
])('a token server at %j gets no request: %s', async (realm, code) => {
  fake.intercept = (_, response) => sendJson(response, 401, {}, { 'www-authenticate': `Bearer realm="${realm}"` });
  expect(await codeOf(newClient({ credentials: basic }).client.manifest(at(), '1'))).toBe(code);
});

test('a Basic challenge among others is answered, and afterwards sent at once', async () => {
  fake.intercept = (request, response) => {
    if (request.headers.authorization?.startsWith('Basic ')) return false;
    response.writeHead(401, { 'www-authenticate': ['Negotiate', 'basic realm="x, y"'] }).end();
    return true;
  };
  const { client } = newClient({ credentials: basic });
  await client.manifest(at(), '1');
  await client.manifest(at(), '1');
  expect(manifestLines()).toHaveLength(3);
  expect(await codeOf(newClient().client.manifest(at(), '1'))).toBe('access_denied');
});

test('without a credential a Basic challenge does not hide the Bearer one behind it', async () => {
  const { intercept } = fake;
  fake.intercept = (request, response, url) => {
    if (url.pathname === '/token' || request.headers.authorization === `Bearer ${good}`)
      return intercept?.(request, response, url) ?? false;
    const realm = `Bearer realm="${fake.url}/token",service="fake"`;
    response.writeHead(401, { 'www-authenticate': ['Basic realm="x"', realm] }).end();
    return true;
  };
  expect((await newClient().client.manifest(at(), '1')).mediaType).toContain('manifest');
});

test('a 401 without a challenge that is understood is a denial, not a loop', async () => {
  fake.intercept = (_, response) => sendJson(response, 401, {}, { 'www-authenticate': 'Negotiate' });
  await expect(newClient({ credentials: basic }).client.manifest(at(), '1')).rejects.toMatchObject({
    code: 'access_denied',
    subject: expect.stringContaining('as ann'),
  });
  expect(manifestLines()).toHaveLength(1);
});
