import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Label } from '@soupcon/label';
import { freePort } from '@soupcon/registry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appImage } from './support/app-image.ts';
import { type OsvRecord, osvRecord, writeBucket } from './support/bucket.ts';
import { writeLayout } from './support/layout.ts';
import { canBeRunBy, endPostgres, isRunning, postgresPid } from './support/processes.ts';
import { createKey, type Ready, ServiceApi, startReady } from './support/running-service.ts';
import { Api, firstKey, until } from './support/service.ts';
import { startSlowRegistry } from './support/slow-registry.ts';
import { makePlace, type Place, type Run, soupcon, stackTrace } from './support/soupcon.ts';

const openssl = (fixed: string, modified = '2025-01-01T00:00:00Z'): OsvRecord =>
  osvRecord('ALPINE-CVE-2025-0001', modified, { ecosystem: 'Alpine:v3.18', name: 'openssl', fixed });
const leftPad = osvRecord('GHSA-aaaa-bbbb-cccc', '2025-01-01T00:00:00Z', { ecosystem: 'npm', name: 'left-pad' });
const say = (text: string) => process.stdout.write(`serve: ${text}\n`);

let place: Place;
beforeAll(async () => {
  place = await makePlace();
});
afterAll(() => place.remove());

/** Says in a few lines what is wrong, without a stack, and ends with a status that scripts can tell. */
function expectRefused({ code, stdout, stderr }: Run, status: number, ...says: readonly (string | RegExp)[]): void {
  expect({ code, stdout }, stderr).toEqual({ code: status, stdout: '' });
  expect(stderr).not.toMatch(stackTrace);
  expect(stderr).not.toContain('this should not have happened');
  for (const text of says) expect(stderr).toMatch(text);
}

describe('a data directory of its own', () => {
  let data: string;
  let advisories: string;
  let running: Ready;
  let key: string;
  let api: ServiceApi;
  const words = () => ['serve', '--port', '0', '--data', data];
  const run = (...more: string[]) => soupcon([...more, '--data', data], place);
  const start = async () => {
    const startedAt = performance.now();
    running = await startReady(words(), { home: place.home });
    api = new ServiceApi(running.address, key);
    return performance.now() - startedAt;
  };

  beforeAll(async () => {
    data = join(place.root, 'data');
    advisories = await writeBucket(join(place.root, 'advisories'), { Alpine: [openssl('3.1.8-r0')], npm: [leftPad] });
  });
  afterAll(async () => {
    await running?.kill();
    await endPostgres(data);
  });

  test('has after the first start a key for the owner alone, and what seals secrets', async () => {
    const tookMs = await start();
    say(`first start ${(tookMs / 1000).toFixed(2)} s`);
    for (const name of ['api-key', 'secret-key']) expect((await stat(join(data, name))).mode & 0o777, name).toBe(0o600);
    key = await firstKey(data);
    expect(running.output()).not.toContain(key);
    api = new ServiceApi(running.address, key);
    expect(await api.get('/readyz')).toMatchObject({});
    expect((await new Api(running.address, `${key}x`).call('GET', '/v1/repositories')).status).toBe(401);
    expect(await api.get('/v1/repositories')).toEqual({ items: [], next: null });
  });

  test('is refused to a second service, which says who has it', async () => {
    const second = await soupcon(words(), place);
    expectRefused(second, 3, /data directory is in use/i, data, `process ${running.child.pid}`);
    expect(await api.get('/readyz')).toMatchObject({});
  });

  describe.each(['beside the service', 'without it'])('commands %s', (when) => {
    const name = when === 'without it' ? 'team/later' : 'team/app';
    beforeAll(async () => {
      if (when === 'without it') expect(await running.stop()).toBe(0);
    });

    test('make a key that is good', async () => {
      const made = await createKey({ home: place.home }, '--name', when, '--data', data);
      expect(made).toMatch(/^\S{20,}$/);
      if (when === 'without it') return;
      expect((await new Api(running.address, made).call('GET', '/v1/repositories')).status).toBe(200);
    });

    test('opt a repository in, the second time as the first', async () => {
      const [first, second] = [
        await run('repos', 'enable', `registry.invalid:5000/${name}`, '--insecure'),
        await run('repos', 'enable', `registry.invalid:5000/${name}`),
      ];
      expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
      expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    });

    test('say how a registry notifies', async () => {
      const { code, stdout } = await run('registries', 'connect', 'registry.invalid:5000', '--url', 'http://us:8080/');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^notifications:\n[\s\S]*url: http:\/\/us:8080\/hooks\/distribution\/[0-9a-f-]{36}\/\S+\n/,
      );
    });

    test('write the whole configuration of a registry once, and leave it while its address is valid', async () => {
      const host = name.replace('/', '-');
      const path = join(place.root, `${host}.yml`);
      const connect = (...more: readonly string[]) =>
        run('registries', 'connect', `${host}.invalid:5000`, '--url', 'http://us:8080', ...more);
      expect(await connect('--write-config', path)).toMatchObject({ code: 0, stdout: '' });
      const written = await readFile(path, 'utf8');
      expect(written).toMatch(/^version: 0\.1\n[\s\S]*\nnotifications:\n/);
      const again = await connect('--write-config', path);
      expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('is there already and stays') });
      expect(await readFile(path, 'utf8')).toBe(written);
    });

    test('import advisories, and change nothing the second time', async () => {
      const first = await run('advisories', 'import', advisories);
      expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('Alpine: 1 records') });
      const again = await run('advisories', 'import', advisories);
      expect(again.stdout).toContain('Alpine: 1 records, unchanged');
      expect(again.stdout).toContain('0 records differ; 0 findings opened, 0 closed');
      const status = await run('advisories', 'status');
      expect(status.stdout).toMatch(/^osv\/Alpine: 1 records, newest of 2025-01-01T00:00:00Z, 0 not readable; from /m);
      expect(status.stdout).toMatch(/^osv\/npm: 1 records/m);
    });

    test('scan with these advisories and give the bytes of a scan that names them', async () => {
      const image = `oci:${await writeLayout(join(place.root, `image ${when}`), appImage)}`;
      const environment = { SOUPCON_DATA_DIR: data };
      const [stored, named] = [
        await soupcon(['scan', image, '--format', 'json'], { ...place, environment }),
        await soupcon(['scan', image, '--format', 'json', '--advisories', advisories], place),
      ];
      expect(stored).toMatchObject({ code: 0, stdout: named.stdout });
      expect((JSON.parse(stored.stdout) as Label).findings).toHaveLength(2);
    });
  });

  test('has no Postgres left behind by commands that started one', async () => {
    expect(await readdir(data)).not.toContain('postgres.json');
  });

  test('is served again within seconds, with what was in it', async () => {
    const secret = await readFile(join(data, 'secret-key'), 'utf8');
    const tookMs = await start();
    say(`second start ${(tookMs / 1000).toFixed(2)} s`);
    expect(tookMs).toBeLessThan(10_000);
    expect(await readFile(join(data, 'secret-key'), 'utf8')).toBe(secret);
    const { items } = await api.get<{ items: { name: string; scanning: boolean }[] }>('/v1/repositories');
    expect(items.map(({ name, scanning }) => [name, scanning])).toEqual([
      ['team/app', true],
      ['team/later', true],
    ]);
  });

  test('survives that the service is killed', async () => {
    const pid = await postgresPid(data);
    await running.kill();
    expect(isRunning(pid)).toBe(true);
    await start();
    const { items } = await api.get<{ items: unknown[] }>('/v1/repositories');
    expect(items).toHaveLength(2);
    expect((await run('advisories', 'status')).stdout).toMatch(/^osv\/npm: 1 records/m);
  });

  test('survives that the service and its Postgres are killed', async () => {
    process.kill(await postgresPid(data), 'SIGKILL');
    await running.kill();
    await start();
    expect((await api.get<{ items: unknown[] }>('/v1/repositories')).items).toHaveLength(2);
  });

  test('changes what is known of a stored image when an advisory changes, without asking the registry', async () => {
    const registry = await startSlowRegistry({ layerMs: 0 });
    try {
      const digest = registry.hold('team/stored', appImage);
      const { registry: connection } = await api.connect(registry.host);
      const repository = await api.optIn(connection.id, 'team/stored');
      await api.post('/v1/scans', { repository: repository.id, digest });
      expect(await api.ended(repository, 1)).toMatchObject([{ state: 'done' }]);
      const asked = registry.asked('team/stored').length;
      const findings = async (query = '') => {
        const page = await api.get<{ items: { id: string; fixedIn: string | null }[] }>(
          `/v1/images/${digest}/findings${query}`,
        );
        return page.items.map(({ id, fixedIn }) => [id, fixedIn]);
      };
      const labelled = async () =>
        (await api.get<Label>(`/v1/images/${digest}/label`)).findings.map(({ id, fixedIn }) => [id, fixedIn]);
      const before = [
        ['CVE-2025-0001', '3.1.8-r0'],
        ['GHSA-aaaa-bbbb-cccc', null],
      ];
      expect(await labelled()).toEqual(before);
      await wait(5);
      const then = new Date().toISOString();
      await wait(5);

      const edited = openssl('3.1.9-r0', '2025-02-01T00:00:00Z');
      const more = osvRecord('ALPINE-CVE-2025-0002', '2025-02-01T00:00:00Z', {
        ecosystem: 'Alpine:v3.18',
        name: 'zlib',
      });
      await writeBucket(advisories, { Alpine: [edited, more] });
      const imported = await run('advisories', 'import', advisories);
      expect(imported.stdout).toContain('Alpine: 2 records, 1 new, 1 changed, 0 gone');
      const after = [
        ['CVE-2025-0001', '3.1.9-r0'],
        ['CVE-2025-0002', null],
        ['GHSA-aaaa-bbbb-cccc', null],
      ];
      expect((await labelled()).sort()).toEqual(after);
      expect((await findings()).sort()).toEqual(after);
      expect((await findings(`?asOf=${then}`)).sort()).toEqual(before);
      expect(registry.asked('team/stored')).toHaveLength(asked);
    } finally {
      await registry.close();
    }
  });

  test('is left in order when the service is asked to end', async () => {
    const pid = await postgresPid(data);
    const output = () => running.output();
    expect(await running.stop(), output()).toBe(0);
    expect(output()).not.toMatch(stackTrace);
    expect(isRunning(pid)).toBe(false);
    expect(await readdir(data)).not.toContain('postgres.json');
  });

  test('is left in order when the port is taken, which is said', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const timeoutMs = 20_000;
    try {
      const refused = await soupcon(['serve', '--port', `${port}`, '--data', data], { ...place, timeoutMs });
      expectRefused({ ...refused, stderr: withoutLog(refused.stderr) }, 2, `127.0.0.1:${port}`, /another program/);
      expect(await readdir(data)).not.toContain('postgres.json');
    } finally {
      other.close();
    }
  });
});

/** A service writes its log where the messages are, a line of JSON each. */
function withoutLog(text: string): string {
  return text.replaceAll(/^\{.*\}\n/gm, '');
}

describe('settings', () => {
  const key = randomBytes(32).toString('base64');
  const run = (environment: Record<string, string>, word = 'serve') => soupcon([word], { ...place, environment });

  test('that are wrong are all named at once', async () => {
    const refused = await run({
      DATABASE_URL: 'mysql://here',
      REDIS_URL: 'http://here',
      SOUPCON_PORT: 'eighty',
      SOUPCON_SECRET_KEY: 'short',
      SOUPCON_LEASE_MS: 'long',
      SOUPCON_ADVISORIES_URL: 'ftp://here',
    });
    const names = ['DATABASE_URL', 'REDIS_URL', 'SOUPCON_PORT', 'SOUPCON_SECRET_KEY', 'SOUPCON_LEASE_MS'];
    expectRefused(refused, 2, ...names, 'SOUPCON_ADVISORIES_URL');
    expect(refused.stderr).not.toMatch(/short|mysql|eighty/); // They may be secrets.
  });

  test.each(['api', 'worker'])('of `soupcon %s` have to say where the database is', async (word) => {
    expectRefused(await run({}, word), 2, 'DATABASE_URL');
  });

  test.each([
    ['nobody listens there', async () => `postgres://soupcon:secret@127.0.0.1:${await freePort()}/soupcon`],
    ['there is no such host', async () => 'postgres://soupcon:secret@no-such-host.invalid:5432/soupcon'],
  ])('that lead to no database are refused soon: %s', async (_, url) => {
    const startedAt = performance.now();
    const refused = await run({ DATABASE_URL: await url(), SOUPCON_SECRET_KEY: key });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expectRefused({ ...refused, stderr: withoutLog(refused.stderr) }, 3, /database does not answer/i);
    expect(refused.stderr).not.toContain('secret');
  });
});

describe('somebody who is not root', () => {
  const nobody = 65_534;
  const isRoot = process.getuid?.() === 0;
  const canRun = isRoot && canBeRunBy(nobody);
  const notRun = canRun || !isRoot ? '' : ' (not run: this checkout is below a folder of root alone)';

  test.skipIf(isRoot && !canRun)(`has a service of their own in their home${notRun}`, async () => {
    const home = join(place.root, 'ordinary');
    await mkdir(home);
    if (isRoot) {
      await chown(home, nobody, nobody);
      await chmod(place.root, 0o711); // Made for its owner alone.
    }
    const user = isRoot ? { uid: nobody } : {};
    const running = await startReady(['serve', '--port', '0'], { home, ...user });
    try {
      const data = join(home, '.local/share/soupcon');
      const { uid, mode } = await stat(join(data, 'api-key'));
      expect([uid, mode & 0o777]).toEqual([isRoot ? nobody : process.getuid?.(), 0o600]);
      const api = new ServiceApi(running.address, await firstKey(data));
      expect(await api.get('/v1/repositories')).toEqual({ items: [], next: null });
      const pid = await postgresPid(data);
      expect(await running.stop()).toBe(0);
      await until('Postgres to be gone', async () => (isRunning(pid) ? undefined : true));
    } finally {
      await running.kill();
    }
  });
});

test('the demo ends with a label that names layers, a hundred packages and what is known of them', async () => {
  const { code, stdout, stderr } = await soupcon(['demo', '--exit'], { ...place, timeoutMs: 90_000 });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/layer 0/);
  const [, packages = '0'] = /(\d+) npm/.exec(stdout) ?? [];
  expect(Number(packages)).toBeGreaterThanOrEqual(100);
  expect(stdout).toMatch(/^findings: (\d+|none known), held against \d+ advisories/m);
  expect(stdout).toContain('look further at http://127.0.0.1:');
  expect(await place.leftovers()).toEqual([]);
}, 100_000);
