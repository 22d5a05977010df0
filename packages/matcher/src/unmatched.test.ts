import type { Package } from '@soupcon/model';
import { expect, test } from 'vitest';
import { advisory, affects, indexOf, npmPackage, osPackage } from './testing/samples.ts';
import { unmatchedPackages, unmatchedReason } from './unmatched.ts';

/** Data that has rows for these ecosystems, whatever packages they are about. */
const dataFor = (...ecosystems: string[]) =>
  indexOf(ecosystems.map((ecosystem) => advisory('X-1', [affects(ecosystem, 'some-other', [])])));
const everything = dataFor('Debian:12', 'Ubuntu:22.04:LTS', 'Alpine:v3.19', 'npm');

test.each<[Package, string | null]>([
  [npmPackage('a', '1'), null],
  [osPackage('debian 12.5', 'a', '1'), null],
  [osPackage('alpine 3.19.1', 'a', '1'), null],
  [osPackage('ubuntu 22.04', 'a', '1'), null],
  [osPackage('ubuntu', 'a', '1'), 'it is not known which release of Ubuntu it is of'],
  [osPackage('debian', 'a', '1'), 'there are no advisories for Debian testing, unstable or an unknown release'],
  [
    osPackage('debian constructor', 'a', '1'),
    'there are no advisories for Debian testing, unstable or an unknown release',
  ],
  [osPackage('ubuntu', 'a', '1', undefined, '__proto__'), 'it is not known which release of Ubuntu it is of'],
  [osPackage('alpine edge', 'a', '1'), 'there are no advisories for Alpine edge or an unknown branch'],
  [osPackage('linuxmint 21', 'a', '1'), 'there are no advisories for deb packages of linuxmint'],
  [{ ...osPackage('debian 12', 'a', '1'), context: { distro: null } }, 'it is not known which distribution it is of'],
  [npmPackage('a', '1', { type: 'swift' }), 'there are no advisories for packages of the type swift'],
])('what is not matched is told, with the reason: %#', (pkg, reason) => {
  expect(unmatchedReason(pkg, everything)).toBe(reason);
});

test.each<[string, Package, string[], string | null]>([
  ['another release', osPackage('debian 13', 'a', '1'), ['Debian:12'], 'nothing for Debian 13'],
  ['a codename', osPackage('debian', 'a', '1', undefined, 'trixie'), ['Debian:12'], 'nothing for Debian 13'],
  ['another branch', osPackage('alpine 3.22.1', 'a', '1'), ['Alpine:v3.21'], 'nothing for Alpine 3.22'],
  ['a release that begins alike', osPackage('alpine 3.2.0', 'a', '1'), ['Alpine:v3.21'], 'nothing for Alpine 3.2'],
  [
    'other streams alone',
    osPackage('ubuntu 22.04', 'a', '1'),
    ['Ubuntu:Pro:FIPS:22.04:LTS'],
    'nothing for Ubuntu 22.04',
  ],
  ['the Pro stream alone', osPackage('ubuntu 18.04', 'a', '1'), ['Ubuntu:Pro:18.04:LTS'], null],
  ['another ecosystem', osPackage('alpine 3.19.1', 'a', '1'), ['Debian:12', 'npm'], 'no Alpine at all'],
  ['no npm', npmPackage('a', '1'), ['Debian:12'], 'no npm at all'],
  ['nothing at all', osPackage('debian 12', 'a', '1'), [], 'no Debian at all'],
])('data with %s is not held against a package, and that is told', (_, pkg, ecosystems, lack) => {
  const reason = unmatchedReason(pkg, dataFor(...ecosystems));
  expect(reason).toBe(lack === null ? null : `this set of advisories has ${lack}`);
});

test('packages that are not matched are counted by reason, in its order', () => {
  const packages = [
    npmPackage('a', '1'),
    osPackage('debian 13', 'a', '1'),
    npmPackage('b', '1', { type: 'swift' }),
    osPackage('debian 13', 'b', '1'),
  ];
  expect(unmatchedPackages(packages, everything)).toEqual([
    { reason: 'there are no advisories for packages of the type swift', packages: 1 },
    { reason: 'this set of advisories has nothing for Debian 13', packages: 2 },
  ]);
  expect(unmatchedPackages(packages.slice(0, 1), everything)).toEqual([]);
});
