import { expect, test } from 'vitest';
import { buildInventory, type Item } from '../testing/build-layer.ts';
import { parseAssignments } from './os-release.ts';

const distro = (...items: Item[]) => buildInventory([items]).distro;
const file = (path: string, text: string): Item => ({ path, text });

test('assignments: quotes, escapes, comments, CRLF and what is none', () => {
  const text = `# ID=no\r\nID='alpine'\r\nVERSION_ID="3.19.1" # x\nNAME="A \\"b\\" \\$c"\nBARE=x\\ y\nnot one\nlower=1\nEMPTY=\nOPEN="x`;
  expect(parseAssignments(text)).toEqual({
    ID: 'alpine',
    VERSION_ID: '3.19.1',
    NAME: 'A "b" $c',
    BARE: 'x\\ y',
    EMPTY: '',
    OPEN: 'x',
  });
});

test('os-release is read through its link, the way links are inside an image', () => {
  const text =
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nSUPPORT_END=2028-06-30\n';
  for (const link of ['../usr/lib/os-release', '/usr/lib/os-release', '../../../../usr/lib/os-release']) {
    expect(distro({ path: 'etc/os-release', link }, file('usr/lib/os-release', text))).toMatchObject({
      id: 'debian',
      versionId: '12',
      versionCodename: 'bookworm',
      prettyName: 'Debian GNU/Linux 12 (bookworm)',
      supportEnd: '2028-06-30',
    });
  }
});

test.each<[string, string, string, string | null, string | null]>([
  ['etc/system-release-cpe', 'cpe:/o:centos:linux:6:GA', 'centos', '6', null],
  ['etc/system-release-cpe', 'cpe:2.3:o:amazon:amazon_linux:2', 'amzn', '2', null],
  ['etc/redhat-release', 'CentOS release 6.10 (Final)', 'centos', '6.10', null],
  ['etc/redhat-release', 'CentOS Stream release 8', 'centos', '8', null],
  ['etc/redhat-release', 'Red Hat Enterprise Linux Server release 7.9 (Maipo)', 'rhel', '7.9', null],
  ['etc/system-release', 'Amazon Linux AMI release 2018.03', 'amzn', '2018.03', null],
  ['etc/alpine-release', '3.19.1', 'alpine', '3.19.1', null],
  ['etc/debian_version', '12.4', 'debian', '12', null],
  ['etc/debian_version', 'trixie/sid', 'debian', null, 'trixie'],
  ['etc/lsb-release', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy', 'ubuntu', '22.04', 'jammy'],
])('%s with %j', (path, text, id, versionId, versionCodename) => {
  expect(distro(file(path, `${text}\n`))).toMatchObject({ id, versionId, versionCodename });
});

test('Ubuntu is not taken for the Debian that its debian_version names', () => {
  const version = file('etc/debian_version', 'bookworm/sid\n');
  expect(distro(version, file('etc/os-release', 'ID=ubuntu\nVERSION_ID="22.04"\n'))).toMatchObject({
    id: 'ubuntu',
    versionId: '22.04',
  });
  expect(distro(version, file('etc/lsb-release', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\n'))).toMatchObject({
    id: 'ubuntu',
  });
});

test('Debian testing has a name where others have a number', () => {
  const release = file('etc/os-release', 'ID=debian\nPRETTY_NAME="Debian GNU/Linux trixie/sid"\n');
  const items = [
    release,
    file('etc/debian_version', 'trixie/sid\n'),
    file('var/lib/dpkg/status', 'Package: a\nVersion: 1\n'),
  ];
  const { distro: found, packages } = buildInventory([items]);
  expect(found).toMatchObject({ id: 'debian', versionId: null, versionCodename: 'trixie' });
  expect(packages[0]?.purl).toBe('pkg:deb/debian/a@1?distro=debian-trixie');
});

test('CentOS Stream keeps the name that tells it from CentOS', () => {
  expect(distro(file('etc/os-release', 'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="9"\n'))).toMatchObject({
    name: 'CentOS Stream',
  });
});

test('an os-release without an id that can be one leaves the word to the next file', () => {
  const alpine = file('etc/alpine-release', '3.19.1\n');
  expect(distro(file('etc/os-release', 'NAME=x\n'), alpine)).toMatchObject({ id: 'alpine' });
  expect(distro(file('etc/os-release', 'ID="../../x y"\n'), alpine)).toMatchObject({ id: 'alpine' });
  expect(distro({ path: 'etc/os-release', link: '/etc/os-release' }, alpine)).toMatchObject({ id: 'alpine' });
});

test('an image that names none has none', () => {
  expect(distro(file('etc/hostname', 'x'))).toBeNull();
});

test('the last layer that names it wins, and packages follow', () => {
  const { distro: found, packages } = buildInventory([
    [file('etc/os-release', 'ID=debian\nVERSION_ID=11\n'), file('var/lib/dpkg/status', 'Package: a\nVersion: 1\n')],
    [file('etc/os-release', 'ID=debian\nVERSION_ID=12\n')],
  ]);
  expect(found?.versionId).toBe('12');
  expect(packages).toMatchObject([{ introducedIn: 0, purl: 'pkg:deb/debian/a@1?distro=debian-12' }]);
});
