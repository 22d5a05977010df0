import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isDebug, readConfig } from './config.ts';

const directory = mkdtempSync(join(tmpdir(), 'soupcon-config-'));
afterAll(() => rmSync(directory, { recursive: true }));
const pem = join(directory, 'ca.pem');
writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
writeFileSync(join(directory, 'empty.pem'), '');

const empty = {
  advisories: null,
  color: true,
  dockerConfigDirectory: null,
  proxy: {},
  certificates: [],
  insecureRegistries: [],
};

test('nothing set, or set to nothing, is the default', () => {
  expect(readConfig({})).toEqual(empty);
  expect(readConfig({ NO_COLOR: '', HTTP_PROXY: '', SSL_CERT_FILE: '', SOUPCON_INSECURE_REGISTRIES: ' , ' })).toEqual(
    empty,
  );
});

test.each([
  [{ NO_COLOR: '0' }, { color: false }],
  [{ SOUPCON_ADVISORIES_URL: '/srv/osv' }, { advisories: '/srv/osv' }],
  [{ SOUPCON_ADVISORIES_URL: 'https://osv.example/v' }, { advisories: 'https://osv.example/v' }],
  [
    { HTTP_PROXY: 'proxy:3128', https_proxy: 'http://s:1', HTTPS_PROXY: 'http://t:2' },
    { proxy: { http: 'http://proxy:3128', https: 'http://s:1' } },
  ],
  [{ no_proxy: 'a,b' }, { proxy: { no: 'a,b' } }],
  [{ SOUPCON_INSECURE_REGISTRIES: 'a:5000, b' }, { insecureRegistries: ['a:5000', 'b'] }],
  [{ DOCKER_CONFIG: '/d' }, { dockerConfigDirectory: '/d' }],
])('%j', (environment, expected) => {
  expect(readConfig(environment)).toEqual({ ...empty, ...expected });
});

test('certificates are read', () => {
  expect(readConfig({ SOUPCON_CA_FILE: pem }).certificates).toHaveLength(1);
});

test('every fault is told at once, and no password', () => {
  const read = () =>
    readConfig({
      SOUPCON_ADVISORIES_URL: 'ftp://x',
      HTTPS_PROXY: 'socks5://user:hunter2@proxy',
      SSL_CERT_FILE: join(directory, 'missing.pem'),
      SOUPCON_CA_FILE: join(directory, 'empty.pem'),
      SOUPCON_INSECURE_REGISTRIES: 'ok, http://x',
    });
  const names = [
    'SOUPCON_ADVISORIES_URL',
    'HTTPS_PROXY',
    'SSL_CERT_FILE',
    'ENOENT',
    'SOUPCON_CA_FILE',
    'SOUPCON_INSECURE_REGISTRIES',
  ];
  for (const name of names) expect(read).toThrow(name);
  expect(read).not.toThrow('hunter2');
});

test.each([
  [undefined, false],
  ['0', false],
  ['1', true],
])('SOUPCON_DEBUG %j', (text, expected) => {
  expect(isDebug({ SOUPCON_DEBUG: text })).toBe(expected);
});
