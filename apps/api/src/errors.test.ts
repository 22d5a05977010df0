import { errorTable } from '@soupcon/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiBench, type Tenant } from './testing/api-bench.ts';

let bench: ApiBench;
let tenant: Tenant;

beforeAll(async () => {
  bench = await ApiBench.open();
  tenant = await bench.tenant('errors');
});
afterAll(() => bench.close());

describe('an error', () => {
  test('is problem details with a code of the table and the id of the request, as in the header and the log', async () => {
    const { status, body, headers } = await bench.call('GET', '/v1/keys');
    const { message, remedy } = errorTable.unauthenticated;
    expect(headers['content-type']).toBe('application/problem+json');
    expect(headers['www-authenticate']).toBe('Bearer realm="soupcon"');
    expect([status, body]).toEqual([
      401,
      {
        type: 'urn:soupcon:error:unauthenticated',
        title: message,
        status: 401,
        detail: `${message}.`,
        code: 'unauthenticated',
        remedy,
        instance: headers['x-request-id'],
      },
    ]);
    expect(bench.logged.filter((line) => line.includes(String(headers['x-request-id'])))).toHaveLength(1);
  });

  test('of a request names every field that is wrong, at once', async () => {
    const { status, body } = await tenant.call<{ code: string; fields: { field: string }[] }>(
      'POST',
      '/v1/registries',
      {
        body: { provider: 'nobody', name: '', host: 'registry.example.test' },
      },
    );
    expect([status, body.code]).toEqual([400, 'request_invalid']);
    expect(body.fields.map(({ field }) => field).sort()).toEqual(['body.name', 'body.provider']);
  });

  test.each([
    ['GET', '/v1/scans?limit=0', 'querystring.limit'],
    ['GET', '/v1/scans?limit=1001', 'querystring.limit'],
    ['GET', '/v1/scans?after=nonsense', 'querystring.after'],
    ['GET', '/v1/scans/nonsense', 'params.id'],
    ['GET', '/v1/images/sha256:zz', 'params.digest'],
    ['GET', `/v1/images/sha256:${'0'.repeat(64)}/findings?asOf=yesterday`, 'querystring.asOf'],
    ['GET', `/v1/images/sha256:${'0'.repeat(64)}/label?platform=linux`, 'querystring.platform'],
  ] as const)('%s %s says which: %s', async (method, url, field) => {
    const { status, body } = await tenant.call<{ fields: { field: string }[] }>(method, url);
    expect([status, body.fields.map((one) => one.field)]).toEqual([400, [field]]);
  });

  test.each([
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-15:00',
    '2026-01-01T00:00:00+16:00',
    '2026-01-01T00:00:00-23:59',
    `2026-01-01T00:00:00.${'1'.repeat(300)}Z`,
  ])('of an instant that the database has none of, %s, says which field it is', async (at) => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const after = Buffer.from(JSON.stringify({ at, id: '00000000-0000-4000-8000-000000000000' })).toString('base64url');
    const answers = [
      await tenant.call<{ fields: { field: string }[] }>(
        'GET',
        `/v1/images/${digest}/findings?asOf=${encodeURIComponent(at)}`,
      ),
      await tenant.call<{ fields: { field: string }[] }>('GET', `/v1/scans?after=${after}`),
      await tenant.call<{ fields: { field: string }[] }>('POST', '/v1/keys', { body: { name: 'k', expiresAt: at } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(answers.map(({ body }) => body.fields[0]?.field)).toEqual([
      'querystring.asOf',
      'querystring.after',
      'body.expiresAt',
    ]);
  });

  test('of a body that is no JSON, of another content type or too large has its own status', async () => {
    const json = { 'content-type': 'application/json' };
    const post = (body: string, headers: Record<string, string> = json) =>
      tenant.call('POST', '/v1/keys', { body, headers });
    expect((await post('{nope')).body).toMatchObject({ status: 400, code: 'request_invalid' });
    expect((await post('')).body).toMatchObject({ status: 400, code: 'request_invalid' });
    expect((await post('x', { 'content-type': 'text/x' })).body).toMatchObject({ code: 'media_type_unsupported' });
    expect((await post(JSON.stringify('x'.repeat(300_000)))).body).toMatchObject({ code: 'body_too_large' });
  });

  test('of an address with a part that is too long says so, and its secret is not logged', async () => {
    const long = 'x'.repeat(301);
    for (const url of [`/v1/scans/${long}`, `/v1/vulnerabilities/${long}/images`, `/v1/images/${long}/label`]) {
      expect((await tenant.call('GET', url)).body).toMatchObject({ status: 400, code: 'request_invalid' });
    }
    const hook = await bench.call('POST', `/hooks/distribution/01234567-89ab-4cde-8f01-23456789abcd/${long}`);
    expect(hook.body).toMatchObject({ status: 400, code: 'request_invalid' });
    expect(bench.logged.filter((line) => line.includes(long))).toEqual([]);
  });

  test('of an address that there is none of, or of a method that it does not have, is not found', async () => {
    for (const [method, url] of [
      ['GET', '/nowhere'],
      ['PUT', '/v1/keys'],
      ['GET', '/v1/registries/x/hook-token'],
      ['POST', '/healthz'],
      ['GET', '/v1/%'],
    ] as const) {
      const { status, headers } = await tenant.call(method, url);
      expect([url, status >= 400 && status < 500, headers['content-type']]).toEqual([
        url,
        true,
        'application/problem+json',
      ]);
    }
  });

  test('of ours is told without what is inside, and logged once with it', async () => {
    const broken = await ApiBench.open();
    const { call } = await broken.tenant('broken');
    Object.assign(broken.store, { asTenant: () => Promise.reject(new TypeError('select inside from somewhere')) });
    const { status, text, body } = await call('GET', '/v1/keys');
    expect([status, body['code']]).toEqual([500, 'unexpected_fault']);
    expect(text).not.toContain('inside');
    const lines = broken.logged.filter((line) => line.includes('select inside from somewhere'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ requestId: body['instance'], msg: 'request failed' });
    await broken.close();
  });
});

describe('whoever runs it', () => {
  test('learns that it is up, that it can serve, and its figures', async () => {
    expect((await bench.call('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await bench.call('GET', '/readyz')).body).toEqual({ status: 'ok' });
    await tenant.call('GET', `/v1/registries/01234567-89ab-4cde-8f01-23456789abcd`);
    const { text } = await bench.call('GET', '/metrics');
    expect(text).toContain(
      'soupcon_http_request_duration_seconds_count{method="GET",route="/v1/registries/:id",status="404"}',
    );
    expect(text).toMatch(/soupcon_database_connections\{pool="app",state="idle"\} \d/);
    expect(text).not.toContain('01234567');
  });

  test('learns why it cannot: the composition says so, or the database is older or newer', async () => {
    let reason: string | null = 'still starting';
    const starting = await ApiBench.open({ ready: () => reason });
    expect(await starting.call('GET', '/readyz')).toMatchObject({ status: 503, body: { code: 'not_ready' } });
    reason = null;
    expect((await starting.call('GET', '/readyz')).status).toBe(200);
    const { query } = starting.store.single;
    for (const number of [1, 1000]) {
      Object.assign(starting.store.single, { query: async () => [{ number }] });
      expect((await starting.call('GET', '/readyz')).status).toBe(503);
      expect((await starting.call('GET', '/healthz')).status).toBe(200);
    }
    Object.assign(starting.store.single, { query });
    await starting.close();
  });
});
