import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Logger } from '@soupcon/model';
import { silentLogger } from '@soupcon/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Credential } from './auth.ts';
import { type RunHelper, runHelper } from './credential-helper.ts';
import { dockerCredentials } from './credentials.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'soupcon-credentials-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let files = 0;
async function source(config: unknown, options: { run?: RunHelper; logger?: Logger } = {}) {
  const configPath = join(directory, `${files++}.json`);
  await writeFile(configPath, typeof config === 'string' ? config : JSON.stringify(config));
  return dockerCredentials({ configPath, ...options });
}

const auth = (text: string) => Buffer.from(text).toString('base64');
const shown = (credential: Credential | null) =>
  credential === null
    ? null
    : credential.kind === 'basic'
      ? `${credential.username}:${credential.password.reveal()}`
      : `${credential.kind} ${credential.token.reveal()}`;

test('logins are found by host, Docker Hub by its old key', async () => {
  const find = await source({
    auths: {
      'ghcr.io': { auth: auth('ann:pass:with:colons') },
      'https://index.docker.io/v1/': { auth: auth('hub:pw') },
      'https://old.test/v1/': { username: 'bob', password: 'pw' },
      'localhost:5000': { auth: auth('local:pw\0\0') },
      'empty.test': {},
    },
  });
  expect(shown(await find('ghcr.io'))).toBe('ann:pass:with:colons');
  expect(shown(await find('docker.io'))).toBe('hub:pw');
  expect(shown(await find('old.test'))).toBe('bob:pw');
  expect(shown(await find('localhost:5000'))).toBe('local:pw');
  expect(await find('empty.test')).toBeNull();
  expect(await find('localhost:5001')).toBeNull();
  expect(await find('evil-ghcr.io')).toBeNull();
  expect(await find('constructor')).toBeNull();
});

test('identity and registry tokens are told apart from passwords', async () => {
  const find = await source({
    auths: {
      a: { auth: auth('ann:'), identitytoken: 'refresh' },
      b: { registrytoken: 'access' },
      c: { identitytoken: 'r2' },
    },
  });
  expect(await find('a')).toMatchObject({ kind: 'identity', username: 'ann' });
  expect(shown(await find('b'))).toBe('bearer access');
  expect(await find('c')).toMatchObject({ kind: 'identity', username: '<token>' });
});

test('a credential does not show its secret', async () => {
  const find = await source({ auths: { a: { auth: auth('ann:hunter2') } } });
  const credential = await find('a');
  expect(inspect(credential) + JSON.stringify(credential)).not.toContain('hunter2');
});

test('no file is no login; one that is not what docker writes is named', async () => {
  expect(await dockerCredentials({ configPath: join(directory, 'none.json') })('a')).toBeNull();
  expect(await (await source(''))('a')).toBeNull();
  await expect((await source('{'))('a')).rejects.toMatchObject({ code: 'config_invalid' });
  expect(await (await source({ auths: 7, credHelpers: 'x', credsStore: 7 }))('a')).toBeNull();
  expect(await (await source({ auths: { a: { auth: '!!!' }, b: 7 } }))('a')).toBeNull();
});

test('the helper of a host goes before the store for all, and the store before the file', async () => {
  const asked: string[] = [];
  const run: RunHelper = async (program, input) => {
    asked.push(`${program} ${input}`);
    if (input === 'none.test') return { status: 1, output: Buffer.from('credentials not found in native keychain\n') };
    const body = { ServerURL: input, Username: input === 'token.test' ? '<token>' : 'helped', Secret: 'pw' };
    return { status: 0, output: Buffer.from(JSON.stringify(body)) };
  };
  const find = await source(
    {
      credHelpers: { 'gcr.io': 'gcloud' },
      credsStore: 'desktop',
      auths: { 'none.test': { auth: auth('file:pw') }, 'x.test': {} },
    },
    { run },
  );
  expect(shown(await find('gcr.io'))).toBe('helped:pw');
  expect(shown(await find('docker.io'))).toBe('helped:pw');
  expect(shown(await find('token.test'))).toBe('identity pw');
  expect(shown(await find('none.test'))).toBe('file:pw');
  expect(asked).toEqual([
    'docker-credential-gcloud gcr.io',
    'docker-credential-desktop https://index.docker.io/v1/',
    'docker-credential-desktop token.test',
    'docker-credential-desktop none.test',
  ]);
});

test('a helper that fails is logged without what it printed, and counts as none', async () => {
  const warnings: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => void warnings.push(fields) };
  const run: RunHelper = async () => ({ status: 2, output: Buffer.from('secret s3cret') });
  expect(await (await source({ credsStore: 'broken' }, { run, logger }))('a')).toBeNull();
  expect(await (await source({ credsStore: '../../bin/sh' }, { logger }))('a')).toBeNull();
  expect(await (await source({ credsStore: 'not-installed-anywhere' }, { logger }))('a')).toBeNull();
  expect(warnings).toHaveLength(3);
  expect(JSON.stringify(warnings)).not.toContain('s3cret');
});

test('a helper is run with the server on its input and its output is limited', async () => {
  const echo = join(directory, 'docker-credential-echo');
  await writeFile(echo, '#!/bin/sh\nread server\necho "$1 $server"\nexit 3\n');
  const flood = join(directory, 'docker-credential-flood');
  await writeFile(flood, '#!/bin/sh\nexec cat /dev/zero\n');
  for (const file of [echo, flood]) await chmod(file, 0o755);
  const { status, output } = await runHelper(echo, 'ghcr.io');
  expect([status, Buffer.from(output).toString()]).toEqual([3, 'get ghcr.io\n']);
  await expect(runHelper(flood, 'ghcr.io')).rejects.toThrow('bytes of output');
});

test('a helper that has ended is not waited for because of what it left running', async () => {
  const leaver = join(directory, 'docker-credential-leaver');
  await writeFile(leaver, '#!/bin/sh\necho answer\nsleep 12 &\n');
  await chmod(leaver, 0o755);
  const startedAt = performance.now();
  const { status, output } = await runHelper(leaver, 'ghcr.io');
  expect([status, Buffer.from(output).toString()]).toEqual([0, 'answer\n']);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
