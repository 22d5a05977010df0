import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiEnvironment, readApiConfig } from '@soupcon/api';
import { freePort, run } from '@soupcon/registry/testing';
import { migrate, schemaHash } from '@soupcon/store';
import { testDatabase } from '@soupcon/store/testing';
import { readWorkerConfig, workerVariables } from '@soupcon/worker';
import { describe, expect, test } from 'vitest';
import {
  type ComposeService,
  checkout,
  environmentOf,
  filledIn,
  readCompose,
  readDockerfile,
} from './support/deployment.ts';
import { startReady } from './support/running-service.ts';
import { makePlace, soupcon } from './support/soupcon.ts';

const compose = readCompose();
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === 'soupcon');
const stages = readDockerfile();
const [building = [], running = []] = stages;
const inImage = environmentOf(running);

/** What somebody would write into `.env`. */
const given = {
  POSTGRES_PASSWORD: randomBytes(24).toString('hex'),
  SOUPCON_SECRET_KEY: randomBytes(32).toString('base64'),
};
const environmentIn = ({ environment = {} }: ComposeService): Record<string, string> => ({
  ...inImage,
  ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filledIn(value, given)])),
});
const serviceNamed = (name: string): ComposeService => compose.services[name] ?? {};
const portOf = ({ healthcheck }: ComposeService) =>
  Number(/127\.0\.0\.1:(\d+)/.exec(healthcheck?.test.join(' ') ?? '')?.[1]);

describe('docker-compose.yml', () => {
  test('has the two halves of the service, the stores they need, and a registry', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['api', 'worker', 'postgres', 'redis', 'registry']),
    );
    expect(ours.map(([name]) => name)).toEqual(expect.arrayContaining(['api', 'worker']));
  });

  test.each(ours)('gives %s words that the command understands', async (_, { command = [] }) => {
    const place = await makePlace();
    // With --help the words are read as ever, and nothing is started.
    const { code, stderr } = await soupcon([...command, '--help'], place);
    expect(code, stderr).toBe(0);
    expect((await soupcon(['help', command[0] ?? ''], place)).code).toBe(0);
    await place.remove();
  });

  test('sets only variables that are read', async () => {
    const place = await makePlace();
    const help = await soupcon(['help', 'serve'], place);
    await place.remove();
    const documented = help.stdout.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
    const known = new Set([...Object.keys(apiEnvironment.shape), ...workerVariables, ...documented]);
    for (const [name, { environment = {} }] of ours)
      for (const variable of [...Object.keys(environment), ...Object.keys(inImage)])
        if (variable !== 'NODE_ENV') expect([...known], name).toContain(variable);
  });

  test.each(ours)('gives %s settings that the service accepts', (_, service) => {
    const environment = environmentIn(service);
    expect(readApiConfig(environment)).toMatchObject({ host: '0.0.0.0', redisUrl: 'redis://redis:6379' });
    const { databaseUrl, redisUrl } = readWorkerConfig(environment);
    const { hostname, password, pathname } = new URL(databaseUrl);
    expect([hostname, password, pathname]).toEqual(['postgres', given.POSTGRES_PASSWORD, '/soupcon']);
    expect(new URL(redisUrl ?? '').hostname).toBe('redis');
  });

  test('has the database that the service is led to', () => {
    const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD = '' } = serviceNamed('postgres').environment ?? {};
    const { username, pathname, password } = new URL(environmentIn(serviceNamed('api'))['DATABASE_URL'] ?? '');
    expect([username, pathname, password]).toEqual([
      POSTGRES_USER,
      `/${POSTGRES_DB}`,
      filledIn(POSTGRES_PASSWORD, given),
    ]);
  });

  test('asks for what it cannot know, and has a default for all else', () => {
    const used = [...compose.text.matchAll(/\$\{(\w+)([^}]*)\}/g)].filter(([whole]) => whole !== '');
    expect(used.length).toBeGreaterThan(0);
    for (const [whole, , rest] of used) expect(rest, whole).toMatch(/^:(-|\?.+)/);
    for (const name of Object.keys(given))
      expect(compose.text, 'its beginning says how').toMatch(new RegExp(`^#.*${name}=`, 'm'));
  });

  test.each(services.filter(([, { restart }]) => restart !== 'no'))('looks after the health of %s', (_, service) => {
    expect(service.healthcheck?.test[0]).toMatch(/^CMD/);
    expect(service.healthcheck).toMatchObject({ interval: expect.any(String), timeout: expect.any(String) });
    expect(service.restart).toBe('unless-stopped');
  });

  test('asks and publishes the ports that are listened at', () => {
    const [api, worker] = [serviceNamed('api'), serviceNamed('worker')];
    const { port } = readApiConfig(environmentIn(api));
    expect(portOf(api)).toBe(port);
    expect(api.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(running).toContainEqual({ word: 'EXPOSE', rest: `${port}` });
    expect(portOf(worker)).toBe(readWorkerConfig(environmentIn(worker)).metricsPort);
    const registry = serviceNamed('registry');
    expect(registry.ports).toEqual([`127.0.0.1:${portOf(registry)}:${portOf(registry)}`]);
    const connect = ours.find(([, { command = [] }]) => command.includes('connect'))?.[1].command ?? [];
    expect(connect).toContain(`registry:${portOf(registry)}`);
    expect(connect).toContain(`http://api:${port}`);
  });

  test.each(['api', 'worker'])('finds %s healthy when it runs, and not when it does not', async (name) => {
    const service = serviceNamed(name);
    const place = await makePlace();
    const database = await testDatabase({ template: await schemaHash(), migrate });
    const port = `${await freePort()}`;
    const { REDIS_URL: _, ...settings } = environmentIn(service);
    const [, program = '', ...words] = service.healthcheck?.test ?? [];
    const check = async () => {
      const args = words.map((word) => word.replace(`:${portOf(service)}/`, `:${port}/`));
      return run(program, args).then(
        () => 'healthy',
        () => 'not healthy',
      );
    };
    const variable = name === 'api' ? 'SOUPCON_PORT' : 'SOUPCON_METRICS_PORT';
    const environment = { ...settings, DATABASE_URL: database.url, [variable]: port };
    const process = await startReady(service.command ?? [], { home: place.home, environment });
    try {
      expect(await check()).toBe('healthy');
      expect(await process.stop()).toBe(0);
      expect(await check()).toBe('not healthy');
    } finally {
      await process.kill();
      await database.drop();
      await place.remove();
    }
  });

  test.each(ours)('runs %s as an ordinary user who can write nowhere but into its volumes', (_, service) => {
    expect(service).toMatchObject({ read_only: true, user: 'node', cap_drop: ['ALL'] });
  });

  test('waits for services that say when they are ready, or when they are done', () => {
    for (const [name, { depends_on: others = {} }] of services) {
      for (const [other, { condition }] of Object.entries(others)) {
        const { healthcheck, restart } = serviceNamed(other);
        if (condition === 'service_healthy') expect(healthcheck, `${name} waits for ${other}`).toBeDefined();
        else
          expect([condition, restart], `${name} waits for ${other}`).toEqual(['service_completed_successfully', 'no']);
      }
    }
  });

  test('declares each volume that is used, and has no other', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('mounts what is written as an ordinary user over folders that this user has in the image', () => {
    const own = /chown node:node (.+)$/.exec(running.find(({ rest }) => rest.includes('chown'))?.rest ?? '')?.[1] ?? '';
    for (const [name, { volumes = [] }] of ours)
      for (const volume of volumes) expect(own.split(' '), name).toContain(volume.split(':')[1]);
    const prepared = ours.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    for (const volume of serviceNamed('registry').volumes ?? []) expect(prepared).toContain(volume.split(':')[0]);
  });
});

describe('the Dockerfile', () => {
  const copied = building
    .filter(({ word }) => word === 'COPY')
    .flatMap(({ rest }) =>
      rest
        .split(/\s+/)
        .slice(0, -1)
        .map((path) => path.replace(/^\.\//, '')),
    );

  test('copies what is there, and everything that is built', () => {
    for (const path of copied) expect(existsSync(join(checkout, path)), path).toBe(true);
    const { references } = JSON.parse(readFileSync(join(checkout, 'tsconfig.json'), 'utf8')) as {
      references: { path: string }[];
    };
    const tops = new Set(references.map(({ path }) => path.replace(/^\.\//, '').split('/')[0] ?? ''));
    const needed = [...tops, 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.base.json'];
    expect(copied).toEqual(expect.arrayContaining([...needed, 'migrations']));
  });

  test('is not told to leave out what it copies', () => {
    const ignored = readFileSync(join(checkout, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
    for (const path of copied) expect(ignored).not.toContain(path);
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist']));
  });

  test('is of the Node that the project asks for', () => {
    for (const stage of stages) expect(stage[0]?.rest).toMatch(/^node:20\b/);
  });

  test('ends as an ordinary user who starts the command', () => {
    expect(running.filter(({ word }) => word === 'USER')).toEqual([{ word: 'USER', rest: 'node' }]);
    const [entrypoint] = running.filter(({ word }) => word === 'ENTRYPOINT');
    const [program, script = ''] = JSON.parse(entrypoint?.rest ?? '[]') as string[];
    expect(program).toBe('node');
    expect(existsSync(join(checkout, script))).toBe(true);
    expect(running.at(-1)).toEqual({ word: 'CMD', rest: '["serve"]' });
  });
});
