import type { Advisory, Package } from '@soupcon/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { families } from './families/index.ts';
import { advisoryKeys, matchPackage, matchPackages } from './match.ts';
import { advisory, affects, indexOf, npmPackage, osPackage, span } from './testing/samples.ts';

/** `id fixedIn` of every finding, for tables. */
function found(pkg: Package, ...advisories: Advisory[]): string[] {
  return matchPackage(pkg, indexOf(advisories)).map(
    ({ id, fixedIn, state }) => `${id} ${state === 'affected' ? (fixedIn ?? 'open') : state}`,
  );
}

const debianFlaw = (id: string, release: string, name: string, fixed: string | null) =>
  advisory(`DEBIAN-${id}`, [affects(`Debian:${release}`, name, [span(null, fixed)])], { upstream: [id] });

const flaw = debianFlaw('CVE-2024-1', '12', 'samba', '2:4.17.12');

test.each<[string, Package, string[]]>([
  ['the version below the fix', osPackage('debian 12', 'samba', '2:4.17.11'), ['CVE-2024-1 2:4.17.12']],
  ['the fix', osPackage('debian 12', 'samba', '2:4.17.12'), []],
  ['a point release', osPackage('debian 12.5', 'samba', '2:4.17.11'), ['CVE-2024-1 2:4.17.12']],
  ['another release', osPackage('debian 11', 'samba', '2:4.17.11'), []],
  [
    'a codename instead of a version',
    osPackage('debian', 'samba', '2:4.17.11', undefined, 'bookworm'),
    ['CVE-2024-1 2:4.17.12'],
  ],
  [
    'a codename in the place of the version',
    osPackage('debian bookworm', 'samba', '2:4.17.11'),
    ['CVE-2024-1 2:4.17.12'],
  ],
  [
    'a binary with another version than its source',
    osPackage('debian 12', 'libldb2', '2:2.6.2', 'samba 2:4.17.12'),
    [],
  ],
  [
    'a binary whose own version is above the fix',
    osPackage('debian 12', 'x', '9:1', 'samba 2:4.17.11'),
    ['CVE-2024-1 2:4.17.12'],
  ],
  ['a binary of another source of the same name', osPackage('debian 12', 'samba', '2:4.17.11', 'other 1'), []],
  ['a rebuild of the fix', osPackage('debian 12', 'samba', '2:4.17.12+b3'), []],
  ['a derivative', osPackage('raspbian 12', 'samba', '2:4.17.11'), []],
  ['testing without a version', osPackage('debian', 'samba', '2:4.17.11', undefined, 'sid'), []],
])('Debian: %s', (_, pkg, findings) => {
  expect(found(pkg, flaw)).toEqual(findings);
});

test('Debian: a rebuild is below what the rebuild of its source would be above', () => {
  const fixedByRebuild = debianFlaw('CVE-2024-1', '12', 'a', '1.0-1+deb12u1');
  expect(found(osPackage('debian 12', 'a', '1.0-1+b9'), fixedByRebuild)).toEqual(['CVE-2024-1 1.0-1+deb12u1']);
});

test('Debian: the tracker and the erratum are one finding', () => {
  const erratum = advisory('DSA-5000-1', flaw.affected, { upstream: ['CVE-2024-1', 'CVE-2024-2'] });
  const findings = matchPackage(osPackage('debian 12', 'samba', '2:4.17.11'), indexOf([erratum, flaw]));
  expect(findings.map(({ id, advisories }) => [id, ...advisories])).toEqual([
    ['CVE-2024-1', 'DEBIAN-CVE-2024-1', 'DSA-5000-1'],
    ['CVE-2024-2', 'DSA-5000-1'],
  ]);
});

test.each([
  ['unimportant', 'not-fixed', 'negligible'],
  ['end-of-life', 'end-of-life', 'high'],
  ['not yet assigned', 'not-fixed', 'high'],
  ['low', 'not-fixed', 'low'],
])('Debian: urgency %s of an open flaw', (urgency, fixState, severity) => {
  const severityOfRecord = [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' }];
  const open = advisory('DEBIAN-CVE-2024-1', [affects('Debian:12', 'a', [span(null)], { urgency })], {
    severity: severityOfRecord,
  });
  expect(matchPackage(osPackage('debian 12', 'a', '1'), indexOf([open]))).toMatchObject([
    { fixedIn: null, fixState, severity },
  ]);
});

test('Debian: kernel headers keep their findings, at the bottom, and the ratings say why', () => {
  const severity = [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }];
  const kernel = advisory('DEBIAN-CVE-2024-1', [affects('Debian:12', 'linux', [span(null)])], { severity });
  const [headers] = matchPackage(osPackage('debian 12', 'linux-libc-dev', '6.1', 'linux 6.1'), indexOf([kernel]));
  expect(headers).toMatchObject({
    severity: 'negligible',
    ratings: [{ source: 'soupcon:kernel-headers' }, { score: 9.8 }],
  });
  const [image] = matchPackage(osPackage('debian 12', 'linux-image-amd64', '6.1', 'linux 6.1'), indexOf([kernel]));
  expect(image).toMatchObject({ severity: 'critical' });
});

const archive = (fixed: string | null) => affects('Ubuntu:22.04:LTS', 'a', [span(null, fixed)]);
const ubuntuLater = affects('Ubuntu:22.04:LTS', 'a', [span('1-3', '1-4')]);
const pro = (fixed: string | null) => affects('Ubuntu:Pro:22.04:LTS', 'a', [span(null, fixed)]);

test.each<[string, string, ReturnType<typeof archive>[], string[]]>([
  ['the archive has a fix', '1-1', [archive('1-2')], ['CVE-2024-1 1-2']],
  ['the archive has the fix installed', '1-2', [archive('1-2')], []],
  ['only Pro has a fix', '1-1', [pro('1-1+esm1')], ['CVE-2024-1 1-1+esm1']],
  ['only Pro has a fix, and it is installed', '1-1+esm1', [pro('1-1+esm1')], []],
  ['the archive leaves open what Pro fixes', '1-1', [archive(null), pro('1-1+esm1')], ['CVE-2024-1 1-1+esm1']],
  ['the archive leaves open what Pro fixed here', '1-1+esm1', [archive(null), pro('1-1+esm1')], []],
  ['an older Pro version', '1-1+esm0', [archive(null), pro('1-1+esm1')], ['CVE-2024-1 1-1+esm1']],
  ['the archive fixed it, Pro has not said so', '1-2', [archive('1-2'), pro(null)], []],
  ['both have a fix', '1-1', [archive('1-2'), pro('1-2~esm1')], ['CVE-2024-1 1-2']],
  ['both have a fix, Pro is installed', '1-2~esm1', [archive('1-2'), pro('1-2~esm1')], []],
  ['neither has a fix', '1-1', [archive(null), pro(null)], ['CVE-2024-1 open']],
  ['one of two entries calls it fixed, the other not', '1-3+esm1', [archive('1-2'), ubuntuLater], ['CVE-2024-1 1-4']],
  ['another release', '1-1', [affects('Ubuntu:20.04:LTS', 'a', [span(null)])], []],
  ['a stream of its own', '1-1', [affects('Ubuntu:Pro:FIPS:22.04:LTS', 'a', [span(null)])], []],
])('Ubuntu: %s', (_, version, affected, findings) => {
  const one = advisory('UBUNTU-CVE-2024-1', affected, { upstream: ['CVE-2024-1'] });
  expect(found(osPackage('ubuntu 22.04', 'a', version), one)).toEqual(findings);
});

test('Ubuntu: a release that was no LTS', () => {
  const one = advisory('UBUNTU-CVE-2024-1', [affects('Ubuntu:23.10', 'a', [span(null)])]);
  expect(found(osPackage('ubuntu 23.10', 'a', '1'), one)).toEqual(['CVE-2024-1 open']);
});

test.each([
  ['needed', 'not-fixed'],
  ['deferred', 'deferred'],
  ['ignored', 'wont-fix'],
])('Ubuntu: status %s', (status, fixState) => {
  const affected = [affects('Ubuntu:22.04:LTS', 'a', [span(null)], { status, urgency: 'low' })];
  const one = advisory('UBUNTU-CVE-2024-1', affected, { severity: [{ type: 'Ubuntu', score: 'low' }] });
  const [finding] = matchPackage(osPackage('ubuntu 22.04', 'a', '1'), indexOf([one]));
  expect(finding).toMatchObject({ fixState, severity: 'low', ratings: [{ source: 'ubuntu', severity: 'low' }] });
});

const apk = (name: string, fixed: string, id = 'ALPINE-CVE-2024-1') =>
  advisory(id, [affects('Alpine:v3.19', name, [span(null, fixed)])]);

test.each<[string, Package, string[]]>([
  ['by origin', osPackage('alpine 3.19.1', 'libcrypto3', '3.1.3-r0', 'openssl'), ['CVE-2024-1 3.1.4-r0']],
  ['the fix', osPackage('alpine 3.19.1', 'libcrypto3', '3.1.4-r0', 'openssl'), []],
  [
    'by its own name, although the origin is another',
    osPackage('alpine 3.19', 'openssl', '3.1.3-r0', 'more'),
    ['CVE-2024-1 3.1.4-r0'],
  ],
  ['another branch', osPackage('alpine 3.18.4', 'openssl', '3.1.3-r0'), []],
  ['edge', osPackage('alpine 3.19_alpha20231219', 'openssl', '3.1.3-r0'), []],
])('Alpine: %s', (_, pkg, findings) => {
  expect(found(pkg, apk('openssl', '3.1.4-r0'))).toEqual(findings);
});

test('Alpine: listed under the origin and the name, it is one finding', () => {
  const both = advisory('ALPINE-CVE-2024-1', [...apk('a', '1-r2').affected, ...apk('a-libs', '1-r1').affected]);
  expect(found(osPackage('alpine 3.19.0', 'a-libs', '1-r0', 'a'), both)).toEqual(['CVE-2024-1 1-r2']);
});

test('Alpine: an empty range is the word that it is not affected', () => {
  expect(
    found(osPackage('alpine 3.19.0', 'a', '1-r0'), advisory('ALPINE-CVE-2024-1', [affects('Alpine:v3.19', 'a', [])])),
  ).toEqual([]);
});

const ghsa = (id: string, intervals: Parameters<typeof affects>[2], more: Partial<Advisory> = {}) =>
  advisory(id, [affects('npm', '@s/a', intervals)], more);

test('npm: the scope is part of the name', () => {
  expect(found(npmPackage('@s/a', '1.0.0'), ghsa('GHSA-a', [span(null, '2.0.0')]))).toEqual(['GHSA-a 2.0.0']);
  expect(found(npmPackage('a', '1.0.0'), ghsa('GHSA-a', [span(null, '2.0.0')]))).toEqual([]);
});

test('npm: what cannot be compared is undetermined, and says why', () => {
  const [finding] = matchPackage(npmPackage('@s/a', 'main'), indexOf([ghsa('GHSA-a', [span(null, '2.0.0')])]));
  expect(finding).toMatchObject({ state: 'undetermined', fixedIn: null, fixState: 'unknown' });
  expect(finding?.evidence[0]?.undetermined).toContain('main');
});

test('npm: one record that says affected outweighs one that cannot tell', () => {
  const unclear = ghsa('GHSA-a', [span(null, '2.0.0')], { aliases: ['CVE-2024-1'] });
  const clear = advisory('MAL-1', [affects('npm', '@s/a', null, { versions: ['main'] })], { aliases: ['CVE-2024-1'] });
  const findings = matchPackage(npmPackage('@s/a', 'main'), indexOf([unclear, clear]));
  expect(findings).toMatchObject([
    { id: 'CVE-2024-1', state: 'affected', advisories: ['MAL-1'], severity: 'critical', evidence: [{ range: null }] },
  ]);
});

test.each<[string, Parameters<typeof affects>[2], string | null, string]>([
  ['the lowest fix above it', [span('1.0.0', '1.5.0'), span('2.0.0', '2.3.0')], '1.5.0', 'fixed'],
  ['no end', [span(null)], null, 'not-fixed'],
  ['a last known version', [span(null, null, '4.0.0')], null, 'unknown'],
])('npm: the fix of a range with %s', (_, intervals, fixedIn, fixState) => {
  expect(matchPackage(npmPackage('@s/a', '1.2.0'), indexOf([ghsa('GHSA-a', intervals)]))).toMatchObject([
    { fixedIn, fixState },
  ]);
});

test('npm: of several records the fix is one that ends all of them', () => {
  const records = [
    ghsa('GHSA-a', [span(null, '1.3.0')], { aliases: ['CVE-2024-1'] }),
    ghsa('GHSA-b', [span(null, '1.4.0')], { aliases: ['CVE-2024-1'] }),
    ghsa('GHSA-c', [span(null)], { aliases: ['CVE-2024-1'] }),
  ];
  expect(found(npmPackage('@s/a', '1.2.0'), ...records)).toEqual(['CVE-2024-1 1.4.0']);
});

test('npm: what was withdrawn is no finding', () => {
  expect(
    found(npmPackage('@s/a', '1.0.0'), ghsa('GHSA-a', [span(null)], { withdrawn: '2024-01-01T00:00:00Z' })),
  ).toEqual([]);
});

const v3 = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' };
const v4 = { type: 'CVSS_V4', score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N' };

test.each<[string, Partial<Advisory>, string, number]>([
  ['version 4 before 3', { severity: [v3, v4], severityWord: 'HIGH' }, 'medium', 3],
  ['a vector before the word', { severity: [v3], severityWord: 'LOW' }, 'critical', 2],
  ['the word alone', { severityWord: 'MODERATE' }, 'medium', 1],
  [
    'a vector that is none gives way to the word',
    { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/?' }], severityWord: 'HIGH' },
    'high',
    2,
  ],
  ['nothing', { severityWord: 'whatever' }, 'unknown', 0],
  ['nothing, in a word that every object knows', { severityWord: 'constructor' }, 'unknown', 0],
])('the severity is that of %s', (_, more, severity, count) => {
  const [finding] = matchPackage(npmPackage('@s/a', '1.0.0'), indexOf([ghsa('GHSA-a', [span(null)], more)]));
  expect(finding?.severity).toBe(severity);
  expect(finding?.ratings).toHaveLength(count);
  if (count > 0) expect(finding?.ratings[0]?.severity).toBe(severity);
});

test('a finding says all that a label needs', () => {
  const record = ghsa('GHSA-a', [span('1.0.0', '2.0.0')], {
    aliases: ['CVE-2024-1'],
    summary: 'It breaks',
    severity: [v3],
  });
  expect(matchPackages([npmPackage('@s/a', '1.2.0', { introducedIn: 3 })], indexOf([record]))).toEqual([
    {
      id: 'CVE-2024-1',
      aliases: ['GHSA-a'],
      advisories: ['GHSA-a'],
      package: 'pkg:npm/@s/a@1.2.0',
      state: 'affected',
      fixedIn: '2.0.0',
      fixState: 'fixed',
      severity: 'critical',
      ratings: [{ source: 'ghsa', method: 'CVSSv31', severity: 'critical', score: 9.8, vector: v3.score }],
      kev: false,
      epss: null,
      layer: 3,
      suppressed: null,
      evidence: [
        {
          advisory: 'GHSA-a',
          modified: '2024-01-02T03:04:05Z',
          ecosystem: 'npm',
          name: '@s/a',
          version: '1.2.0',
          scheme: 'semver',
          range: { introduced: '1.0.0', fixed: '2.0.0', lastAffected: null },
          undetermined: null,
        },
      ],
      summary: 'It breaks',
    },
  ]);
});

test('the order of packages and advisories does not matter', () => {
  const packages = [
    npmPackage('@s/a', '1.0.0'),
    npmPackage('@s/a', 'main'),
    osPackage('debian 12', 'samba', '2:4.17.11'),
    osPackage('debian 12', 'ldb', '1', 'samba 2:4.1'),
  ];
  const records = [
    flaw,
    ghsa('GHSA-a', [span(null, '2.0.0')], { aliases: ['CVE-2024-9', 'CVE-2024-10'], severity: [v3, v4] }),
    ghsa('GHSA-b', [span(null, '1.5.0')], { aliases: ['CVE-2024-10'], severityWord: 'HIGH', summary: 'b' }),
    ghsa('GHSA-c', [span(null)], { severity: [v4] }),
  ];
  const expected = JSON.stringify(matchPackages(packages, indexOf(records)));
  const shuffled = <T>(items: T[]) => fc.shuffledSubarray(items, { minLength: items.length });
  fc.assert(
    fc.property(shuffled(packages), shuffled(records), (some, others) => {
      expect(JSON.stringify(matchPackages(some, indexOf(others)))).toBe(expected);
    }),
  );
});

test('what to ask for', () => {
  expect(advisoryKeys(osPackage('debian 12', 'libldb2', '1', 'samba 2'))).toEqual([
    { ecosystem: 'Debian', names: ['samba'] },
  ]);
  expect(advisoryKeys(osPackage('alpine 3.19.1', 'libssl3', '1', 'openssl'))).toEqual([
    { ecosystem: 'Alpine', names: ['openssl', 'libssl3'] },
  ]);
  expect(advisoryKeys(npmPackage('@s/a', '1'))).toEqual([{ ecosystem: 'npm', names: ['@s/a'] }]);
  expect(advisoryKeys(osPackage('raspbian 12', 'a', '1'))).toEqual([]);
});

test('every family has an id and a source of its own', () => {
  expect(new Set(families.map(({ id }) => id)).size).toBe(families.length);
  for (const { source } of families) expect(URL.canParse(source)).toBe(true);
});
