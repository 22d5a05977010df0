import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiBench, type Tenant } from './testing/api-bench.ts';
import { sampleDigest, sampleRepository } from './testing/samples.ts';

let bench: ApiBench;
let tenant: Tenant;

beforeAll(async () => {
  bench = await ApiBench.open();
  tenant = await bench.tenant('repositories');
});
afterAll(() => bench.close());

interface ScanBody {
  readonly id: string;
  readonly state: string;
  readonly tag: string | null;
  readonly priority: number;
  readonly reason: { readonly code: string } | null;
}

interface ListBody<Item = { readonly id: string; readonly name: string }> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

const sql = (name: string, text: string, values: readonly unknown[]) =>
  bench.store.asSystem((tx) => tx.query<Record<string, unknown>>({ name: `test.${name}`, text, values }));

describe('a registry', () => {
  const connect = (body: object) =>
    tenant.call<{ registry: Record<string, unknown>; hook: { url: string; setup: string } }>('POST', '/v1/registries', {
      body: { provider: 'distribution', name: 'r', ...body },
    });

  test.each([
    [{ host: 'registry.example.test' }, { host: 'registry.example.test', insecure: false }],
    [{ host: 'Registry.Example.test:5000' }, { host: 'registry.example.test:5000', insecure: false }],
    [
      { host: 'localhost:5000', insecure: true },
      { host: 'localhost:5000', insecure: true },
    ],
    [{ url: 'https://registry.example.test/' }, { host: 'registry.example.test', insecure: false }],
    [{ url: 'http://registry:5000' }, { host: 'registry:5000', insecure: true }],
    [{ host: '[2001:db8::1]:5000' }, { host: '[2001:db8::1]:5000', insecure: false }],
  ])('%j is %j', async (body, registry) => {
    expect(await connect(body)).toMatchObject({ status: 201, body: { registry } });
  });

  test.each([
    {},
    { host: 'a.example', url: 'https://a.example' },
    { host: 'single-word' },
    { host: 'a.example/path' },
    { host: 'a.example:99999' },
    { host: 'user@a.example' },
    { url: 'https://a.example/path' },
    { url: 'https://user:pw@a.example' },
    { url: 'ftp://a.example' },
    { host: 'a.example', credentials: { username: 'x' } },
    { host: 'a.example', credentials: { username: 'x', password: 'y', token: 'z' } },
  ])('%j is refused', async (body) => {
    expect(await connect(body)).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
  });

  test('is answered with the address to notify and what to write where', async () => {
    const { body } = await connect({ host: 'a.example' });
    expect(body.hook.url).toMatch(
      /^https:\/\/soupcon\.example\.test\/hooks\/distribution\/[0-9a-f-]{36}\/[A-Za-z0-9_-]{43}$/,
    );
    expect(body.hook.setup).toContain(`url: ${body.hook.url}\n`);
    expect(body.hook.setup).toContain('- application/octet-stream');
  });

  test('keeps its credentials sealed, and shows them to nobody', async () => {
    const credentials = { username: 'robot', password: 'very-secret' };
    const { body, text } = await connect({ host: 'a.example', credentials });
    expect(text).not.toContain('very-secret');
    expect(body.registry['hasCredentials']).toBe(true);
    const registryId = String(body.registry['id']);
    const { organizationId } = tenant;
    const sealed = await bench.store.asTenant(organizationId, (tx) =>
      tx.query<{ credentials: Buffer }>({
        text: 'select credentials from tenant.registries where id = $1',
        values: [registryId],
      }),
    );
    const bytes = sealed[0]?.credentials ?? Buffer.alloc(0);
    expect(bytes.toString('latin1')).not.toContain('very-secret');
    expect(JSON.parse(bench.sealer.open(bytes, { organizationId, registryId }).reveal())).toEqual(credentials);
    expect(bench.logged.filter((line) => line.includes('very-secret'))).toEqual([]);
  });

  test('with credentials is refused without a key to seal them, without credentials it is not', async () => {
    const { noSealer } = await import('@soupcon/store');
    const keyless = await ApiBench.open({ sealer: noSealer });
    const { call } = await keyless.tenant('keyless');
    const body = { provider: 'distribution', name: 'r', host: 'a.example' };
    const credentials = { token: 'x' };
    expect(await call('POST', '/v1/registries', { body: { ...body, credentials } })).toMatchObject({
      status: 503,
      body: { code: 'secret_key_missing' },
    });
    expect((await call('POST', '/v1/registries', { body })).status).toBe(201);
    await keyless.close();
  });

  test('takes its repositories with it when it is disconnected', async () => {
    const { registryId, repositoryId } = await sampleRepository(tenant);
    expect((await tenant.call('DELETE', `/v1/registries/${registryId}`)).status).toBe(204);
    expect((await tenant.call('GET', `/v1/repositories/${repositoryId}`)).status).toBe(404);
    expect((await tenant.call('DELETE', `/v1/registries/${registryId}`)).status).toBe(404);
  });
});

describe('a repository', () => {
  test('is there once, however often it is added', async () => {
    const { registryId, repositoryId } = await sampleRepository(tenant);
    const body = { registry: registryId, name: 'team/app' };
    const again = await tenant.call('POST', '/v1/repositories', { body });
    expect([again.status, again.body['id']]).toEqual([200, repositoryId]);
    const found = await tenant.call<ListBody>('GET', `/v1/repositories?registry=${registryId}`);
    expect(found.body.items).toHaveLength(1);
  });

  test.each(['', 'Team/app', 'team//app', '/team', 'team/app:1', 'team/app@sha256:0', 'a'.repeat(256)])(
    'is not called %j',
    async (name) => {
      const { registryId } = await sampleRepository(tenant);
      const { status, body } = await tenant.call('POST', '/v1/repositories', { body: { registry: registryId, name } });
      expect([status, body['code']]).toEqual([400, 'request_invalid']);
    },
  );

  test('is listed in pages that neither miss nor repeat one', async () => {
    const other = await bench.tenant('pages');
    const { registryId } = await sampleRepository(other, { name: 'n0' });
    for (let index = 1; index < 7; index += 1) {
      await other.call('POST', '/v1/repositories', { body: { registry: registryId, name: `n${index}` } });
    }
    const names: string[] = [];
    let next: string | null = '';
    for (let pages = 0; next !== null && pages < 10; pages += 1) {
      const after: string = next === '' ? '' : `&after=${next}`;
      const { body } = await other.call<ListBody>('GET', `/v1/repositories?limit=3${after}`);
      names.push(...body.items.map(({ name }) => name));
      ({ next } = body);
    }
    expect(names).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
  });
});

describe('opting in', () => {
  test('begins an interval, once, and asks for the tags that are named', async () => {
    const { repositoryId } = await sampleRepository(tenant, { scanning: false });
    const url = `/v1/repositories/${repositoryId}/scanning`;
    expect((await tenant.call('PUT', url)).status).toBe(200); // Without a body.
    const { body } = await tenant.call<{ scans: ScanBody[] }>('PUT', url, { body: { tags: ['1', '2', '1'] } });
    expect(body.scans.map(({ tag, state }) => [tag, state])).toEqual([
      ['1', 'waiting'],
      ['2', 'waiting'],
    ]);
    const intervals = await bench.store.asTenant(tenant.organizationId, (tx) =>
      tx.query({ text: 'select from tenant.opt_ins where repository_id = $1', values: [repositoryId] }),
    );
    expect(intervals).toHaveLength(1);
  });

  test('out ends it, cancels what has not begun, and leaves what runs to its worker', async () => {
    const { repositoryId } = await sampleRepository(tenant);
    const url = `/v1/repositories/${repositoryId}/scanning`;
    const { body } = await tenant.call<{ scans: ScanBody[] }>('PUT', url, { body: { tags: ['w', 'q', 'r'] } });
    const [, queued, running] = body.scans.map(({ id }) => id);
    await sql('queue', `update tenant.scans set state = 'queued' where id = $1`, [queued]);
    await sql(
      'run',
      `update tenant.scans set state = 'running', lease_owner = gen_random_uuid(), lease_until = now() where id = $1`,
      [running],
    );
    const out = await tenant.call('DELETE', url);
    expect(out.body).toMatchObject({ cancelled: 2, repository: { scanning: false } });
    const { body: scans } = await tenant.call<ListBody<ScanBody>>('GET', `/v1/scans?repository=${repositoryId}`);
    const told = scans.items.map(({ tag, state, reason }) => [tag, state, reason?.code ?? null]);
    expect(told.sort()).toEqual([
      ['q', 'cancelled', 'repository_not_scanned'],
      ['r', 'running', null],
      ['w', 'cancelled', 'repository_not_scanned'],
    ]);
    const open = await bench.store.asTenant(tenant.organizationId, (tx) =>
      tx.query({
        text: 'select from tenant.opt_ins where repository_id = $1 and ended_at is null',
        values: [repositoryId],
      }),
    );
    expect(open).toEqual([]);
    expect((await tenant.call('DELETE', url)).body).toMatchObject({ cancelled: 0 });
  });
});

describe('a scan', () => {
  const ask = (body: object) => tenant.call<ScanBody>('POST', '/v1/scans', { body });

  test('is asked for by tag or digest, not both, and not of what is not opted in', async () => {
    const { repositoryId: repository } = await sampleRepository(tenant);
    const digest = sampleDigest('x');
    expect((await ask({ repository, tag: '1' })).status).toBe(202);
    expect((await ask({ repository, digest })).status).toBe(202);
    expect((await ask({ repository, tag: '1', digest })).status).toBe(400);
    expect((await ask({ repository })).status).toBe(400);
    await tenant.call('DELETE', `/v1/repositories/${repository}/scanning`);
    expect(await ask({ repository, tag: '1' })).toMatchObject({
      status: 409,
      body: { code: 'repository_not_scanned' },
    });
  });

  test('that is open already is joined, and takes the higher priority', async () => {
    const { repositoryId: repository } = await sampleRepository(tenant);
    const first = await ask({ repository, tag: '1' });
    const second = await ask({ repository, tag: '1', priority: 5 });
    const third = await ask({ repository, tag: '1', priority: 2 });
    expect([second.body.id, third.body.id]).toEqual([first.body.id, first.body.id]);
    const { body } = await tenant.call<ScanBody>('GET', `/v1/scans/${first.body.id}`);
    expect(body.priority).toBe(5);
  });

  test('is found by its state and repository, newest first', async () => {
    const { repositoryId: repository } = await sampleRepository(tenant);
    for (const tag of ['1', '2', '3']) await ask({ repository, tag });
    const { body } = await tenant.call<ListBody<ScanBody>>('GET', `/v1/scans?repository=${repository}&state=waiting`);
    expect(body.items.map(({ tag }) => tag)).toEqual(['3', '2', '1']);
    const done = await tenant.call<ListBody<ScanBody>>('GET', `/v1/scans?repository=${repository}&state=done`);
    expect(done.body).toEqual({ items: [], next: null });
  });
});
