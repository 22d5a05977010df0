import { expect, test } from 'vitest';
import { buildInventory, dpkgStatus, elf, type Item, origins } from '../testing/build-layer.ts';

const os: Item = { path: 'etc/os-release', text: 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n' };
const status = (text: string): Item => ({ path: 'var/lib/dpkg/status', text });
const stanza = (state: string, name = 'a') => `Package: ${name}\nStatus: ${state}\nArchitecture: amd64\nVersion: 1\n`;
const names = (...items: Item[]) => buildInventory([items]).packages.map(({ name, version }) => `${name} ${version}`);

test.each(['deinstall ok config-files', 'purge ok not-installed'])(
  'a package whose state is %s is not there',
  (state) => {
    expect(names(status(`${stanza(state)}\n${stanza('install ok installed', 'b')}`))).toEqual(['b 1']);
  },
);

test.each(['half-installed', 'unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending'])(
  'a package that is %s has files in the image: it counts, with a note',
  (state) => {
    const { packages, problems } = buildInventory([[os, status(stanza(`install reinstreq ${state}`))]]);
    expect(packages).toHaveLength(1);
    expect(problems).toMatchObject([{ code: 'package_half_installed', path: 'var/lib/dpkg/status', layer: 0 }]);
  },
);

test('a package on hold is installed', () => {
  expect(names(status(stanza('hold ok installed')))).toEqual(['a 1']);
});

test('the last stanza needs no newline, lines may end in CRLF, names of fields in any case', () => {
  expect(names(status('package: a\r\nSTATUS: install ok installed\r\nVersion: 1'))).toEqual(['a 1']);
  expect(names(status(`${stanza('install ok installed')}\n\n \n${stanza('install ok installed', 'b')}`))).toEqual([
    'a 1',
    'b 1',
  ]);
});

test('continuation lines and very long ones are passed over', () => {
  const text = `Package: a\nDescription: x\n Version: 9\n\tVersion: 8\nDepends: ${'y, '.repeat(100_000)}\nVersion: 1\n`;
  expect(names(status(text))).toEqual(['a 1']);
});

test('the source is named where it differs in name or version, and is the package itself otherwise', () => {
  const of = (source: string) =>
    buildInventory([[os, status(`Package: libc-bin\nVersion: 2.36-9+b1\nArchitecture: amd64\n${source}`)]]).packages[0];
  expect(of('Source: glibc (2.36-9)\n')).toMatchObject({
    source: { name: 'glibc', version: '2.36-9' },
    purl: 'pkg:deb/debian/libc-bin@2.36-9%2Bb1?arch=amd64&distro=debian-12&upstream=glibc%402.36-9',
    context: { distro: { id: 'debian', versionId: '12', versionCodename: 'bookworm' } },
  });
  expect(of('Source: glibc\n')?.purl).toContain('upstream=glibc');
  expect(of('Source: glibc\n')?.source).toEqual({ name: 'glibc', version: '2.36-9+b1' });
  expect(of('Source: libc-bin (2.36-9)\n')?.purl).toContain('upstream=libc-bin%402.36-9');
  expect(of('')?.purl).not.toContain('upstream');
});

test('an epoch stays in the version', () => {
  expect(buildInventory([[os, status(dpkgStatus('a 1:2-3'))]]).packages[0]?.purl).toBe(
    'pkg:deb/debian/a@1:2-3?arch=amd64&distro=debian-12',
  );
});

test('without a distribution the purl has no distro, and that is said', () => {
  const { packages, problems } = buildInventory([[status(dpkgStatus('a 1'))]]);
  expect(packages[0]?.purl).toBe('pkg:deb/debian/a@1?arch=amd64');
  expect(problems.map(({ code }) => code)).toEqual(['distribution_unknown']);
});

test('status.d has one stanza a file, without Status; what lies beside it is not a package', () => {
  const item = (name: string, text: string) => ({ path: `var/lib/dpkg/status.d/${name}`, text });
  const items = [
    item('libpython3.11', 'Package: libpython3.11\nVersion: 1\n'),
    item('libpython3.11.md5sums', `${'0'.repeat(32)}  usr/lib/x.so\n`),
    item('libpython3.11.postinst', 'Package: no\nVersion: 1\n'),
  ];
  expect(names(...items)).toEqual(['libpython3.11 1']);
  const { completeness } = buildInventory([[os, ...items, elf('usr/lib/x.so')]]);
  expect(completeness).toMatchObject({ verdict: 'complete', executables: { bytes: 1000, explainedBytes: 1000 } });
});

test.each([
  'var/lib/dpkg/status-old',
  'var/lib/dpkg/available',
  'opt/vcpkg/installed/vcpkg/status',
  'usr/lib/opkg/status',
])('%s is not a database of dpkg', (path) => {
  expect(names({ path, text: dpkgStatus('a 1') })).toEqual([]);
});

test("the stanzas of vcpkg are not dpkg's, wherever they are", () => {
  expect(
    names(
      status('Package: zlib\nVersion: 1\nPort-Version: 2\nArchitecture: x64-linux\nStatus: install ok installed\n'),
    ),
  ).toEqual([]);
});

test('a record without a version, and a file that is no list of packages, are problems', () => {
  expect(buildInventory([[os, status('Package: a\nStatus: install ok installed\n')]]).problems).toMatchObject([
    { code: 'record_incomplete' },
  ]);
  expect(buildInventory([[os, status('\u0000\u0001 nonsense')]]).problems).toMatchObject([{ code: 'file_malformed' }]);
  expect(buildInventory([[os, status('')]]).problems).toEqual([]);
});

test('the same package for two architectures is two packages', () => {
  const of = (arch: string) => `Package: a\nVersion: 1\nArchitecture: ${arch}\n`;
  expect(names(status(`${of('amd64')}\n${of('i386')}`))).toHaveLength(2);
});

test('a database behind links is read once, also when the link came in another layer', () => {
  const { packages } = buildInventory([
    [os, { path: 'usr/share/db/status', text: dpkgStatus('a 1') }],
    [{ path: 'var/lib/dpkg', link: '../../usr/share/db' }],
  ]);
  expect(packages).toMatchObject([{ introducedIn: 1, locations: [{ path: 'usr/share/db/status', layer: 0 }] }]);
});

test.each([
  { path: 'var/lib/dpkg/status', link: '/proc/1/environ' },
  { path: 'var/lib/dpkg', link: '/data/dpkg' },
])('a database that is a link to nothing that was read is a problem: %j', (link) => {
  const { problems, completeness } = buildInventory([[os, link]]);
  expect(problems).toMatchObject([{ code: 'database_link_broken', path: link.path }]);
  expect(completeness.verdict).not.toBe('complete');
});

test('nested roots are read with their own distribution, the main root first', () => {
  const { packages } = buildInventory([
    [
      os,
      status(dpkgStatus('a 1')),
      { path: 'srv/chroot/var/lib/dpkg/status', text: dpkgStatus('a 1') },
      { path: 'srv/chroot/etc/os-release', text: 'ID=ubuntu\nVERSION_ID="22.04"\n' },
    ],
  ]);
  expect(packages.map(({ purl }) => purl)).toEqual([
    'pkg:deb/debian/a@1?arch=amd64&distro=debian-12',
    'pkg:deb/ubuntu/a@1?arch=amd64&distro=ubuntu-22.04',
  ]);
});

test('a diverted file is owned where the diversion puts it', () => {
  const { completeness } = buildInventory([
    [
      os,
      status(dpkgStatus('a 1', 'b 1')),
      { path: 'var/lib/dpkg/diversions', text: '/bin/x\n/bin/x.real\nb\n' },
      { path: 'var/lib/dpkg/info/a.list', text: '/.\n/bin\n/bin/x\n' },
      { path: 'var/lib/dpkg/info/b:amd64.list', text: '/.\n/bin\n/bin/x\n' },
      elf('bin/x'),
      elf('bin/x.real'),
    ],
  ]);
  expect(completeness.executables).toEqual({ files: 2, bytes: 2000, explainedBytes: 2000 });
});

test('a later status replaces an earlier one of the same layer', () => {
  expect(origins(buildInventory([[status(dpkgStatus('a 1')), status(dpkgStatus('a 2'))]]))).toEqual({ 'a 2': 0 });
});

test('what is made to be slow or large is read in time, and what is left out is said', () => {
  const started = performance.now();
  const slow = `Package: a\nVersion: 1\nSource: b (${' '.repeat(4_000_000)}\nStatus: ${'x '.repeat(1_000_000)}\n`;
  expect(names(status(slow))).toEqual(['a 1']);
  expect(buildInventory([[os, status(`Package: ${'a'.repeat(5000)}\nVersion: 1\n`)]]).problems).toMatchObject([
    { code: 'record_malformed' },
  ]);
  const { packages, problems } = buildInventory([[os, status('Package: a\nVersion: 1\n\n'.repeat(100_001))]]);
  expect(packages).toHaveLength(1);
  expect(problems).toMatchObject([{ code: 'file_malformed' }]);
  expect(performance.now() - started).toBeLessThan(20_000);
});
