import { expect, test } from 'vitest';
import { buildInventory, elf, type Item } from '../testing/build-layer.ts';
import { manifestPlace } from './places.ts';

const manifest = (path: string, json: unknown): Item => ({ path, text: JSON.stringify(json) });
const purls = (...items: Item[]) => buildInventory([items]).packages.map(({ purl }) => purl);

test.each([
  ['app/node_modules/rxjs/package.json', 'installed'],
  ['node_modules/@scope/a/package.json', 'installed'],
  ['node_modules/a/node_modules/b/package.json', 'installed'],
  ['app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json', 'installed'],
  ['usr/share/nodejs/semver/package.json', 'installed'],
  ['usr/share/nodejs/@types/node/package.json', 'installed'],
  ['usr/share/nodejs/a/node_modules/b/package.json', 'installed'],
  ['usr/lib/x86_64-linux-gnu/nodejs/a/package.json', 'installed'],
  ['usr/lib/node_modules/npm/package.json', 'installed'],
  ['app/node_modules/rxjs/ajax/package.json', 'part'],
  ['node_modules/resolve/test/resolver/baz/package.json', 'part'],
  ['node_modules/@scope/package.json', 'part'],
  ['node_modules/package.json', 'part'],
  ['node_modules/.store/package.json', 'part'],
  ['usr/share/nodejs/rxjs/dist/package.json', 'part'],
  ['app/package.json', 'application'],
  ['package.json', 'application'],
  ['my_node_modules/a/package.json', 'application'],
])('%s is %s', (path, place) => {
  expect(manifestPlace(path)).toBe(place);
});

test('a stub for a part of a package yields nothing', () => {
  expect(purls(manifest('node_modules/rxjs/ajax/package.json', { name: 'rxjs/ajax', version: '1.0.0' }))).toEqual([]);
  expect(purls(manifest('node_modules/rxjs/ajax/package.json', { name: 'rxjs', version: '1.0.0' }))).toEqual([]);
});

test('the same version in two trees is one package at two places', () => {
  const { packages } = buildInventory([
    [manifest('b/node_modules/a/package.json', { name: 'a', version: '1.0.0' })],
    [manifest('a/node_modules/a/package.json', { name: 'a', version: '1.0.0' })],
  ]);
  expect(packages).toMatchObject([
    {
      introducedIn: 0,
      locations: [
        { path: 'a/node_modules/a/package.json', layer: 1 },
        { path: 'b/node_modules/a/package.json', layer: 0 },
      ],
    },
  ]);
});

test('links of a package store lead to one place', () => {
  const { packages } = buildInventory([
    [
      manifest('app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json', { name: 'a', version: '1.0.0' }),
      { path: 'app/node_modules/a', link: '.pnpm/a@1.0.0/node_modules/a' },
    ],
  ]);
  expect(packages).toMatchObject([
    { locations: [{ path: 'app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json' }] },
  ]);
});

test('a scope is the namespace, encoded in the purl', () => {
  const { packages } = buildInventory([
    [manifest('node_modules/@s/a/package.json', { name: '@s/a', version: '1.0.0' })],
  ]);
  expect(packages).toMatchObject([{ namespace: '@s', name: 'a', purl: 'pkg:npm/%40s/a@1.0.0' }]);
});

test('an alias is the package it stands for', () => {
  expect(purls(manifest('node_modules/other/package.json', { name: 'a', version: '1.0.0' }))).toEqual([
    'pkg:npm/a@1.0.0',
  ]);
});

test.each([
  ['v1.2.3', 'pkg:npm/a@1.2.3'],
  ['=1.2.3', 'pkg:npm/a@1.2.3'],
  ['1.2.3-rc.1+build', 'pkg:npm/a@1.2.3-rc.1%2Bbuild'],
])('version %s', (version, purl) => {
  expect(purls(manifest('node_modules/a/package.json', { name: 'a', version }))).toEqual([purl]);
});

test.each([
  [{ name: 'a' }],
  [{ version: '1.0.0' }],
  [{ name: 'a', version: 'latest' }],
  [{ name: 'a b', version: '1.0.0' }],
  [{ name: 1, version: '1.0.0' }],
  [{ private: true }],
  [[]],
  [null],
])('%j is not a package', (json) => {
  expect(purls(manifest('app/package.json', json))).toEqual([]);
});

test('a byte order mark is no hindrance', () => {
  expect(purls({ path: 'node_modules/a/package.json', text: '\uFEFF{"name":"a","version":"1.0.0"}' })).toEqual([
    'pkg:npm/a@1.0.0',
  ]);
});

test.each([
  ['MIT', ['MIT']],
  [{ type: 'MIT', url: 'x' }, ['MIT']],
  [
    ['MIT', { type: 'BSD' }],
    ['BSD', 'MIT'],
  ],
  [7, []],
  [null, []],
])('licence %j', (license, licenses) => {
  const one = manifest('node_modules/a/package.json', { name: 'a', version: '1.0.0', license });
  expect(buildInventory([[one]]).packages[0]?.licenses).toEqual(licenses);
});

test("what cannot be read is a problem in a package's place, and nothing elsewhere", () => {
  const broken = (path: string) => buildInventory([[{ path, text: '{' }]]).problems.map(({ code }) => code);
  expect(broken('node_modules/a/package.json')).toEqual(['file_malformed']);
  expect(broken('node_modules/a/test/package.json')).toEqual([]);
  expect(broken('app/templates/package.json')).toEqual([]);
});

test('a package explains the addons in its directory; an application does not explain what lies below it', () => {
  const { completeness } = buildInventory([
    [
      manifest('package.json', { name: 'app', version: '1.0.0' }),
      manifest('node_modules/a/package.json', { name: 'a', version: '1.0.0' }),
      elf('node_modules/a/build/a.node', 3000),
      elf('bin/tool', 1000),
    ],
  ]);
  expect(completeness).toMatchObject({
    verdict: 'partial',
    executables: { files: 2, bytes: 4000, explainedBytes: 3000 },
  });
});
