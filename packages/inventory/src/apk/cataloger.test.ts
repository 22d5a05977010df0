import { expect, test } from 'vitest';
import { buildInventory, elf, type Item } from '../testing/build-layer.ts';

const os: Item = { path: 'etc/os-release', text: "ID='alpine'\r\nVERSION_ID=3.19.1\r\n" };
const installed = (text: string, path = 'lib/apk/db/installed'): Item => ({ path, text });
const names = (...items: Item[]) => buildInventory([items]).packages.map(({ name, version }) => `${name} ${version}`);

test('stanzas become packages with their source, licence and purl', () => {
  const text = 'C:Q1x=\nP:libcrypto3\nV:3.1.4-r5\nA:x86_64\nL:Apache-2.0 AND MIT\no:openssl\n';
  expect(buildInventory([[os, installed(text)]]).packages).toMatchObject([
    {
      purl: 'pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64&distro=alpine-3.19.1&upstream=openssl',
      source: { name: 'openssl', version: '3.1.4-r5' },
      licenses: ['Apache-2.0 AND MIT'],
      foundBy: 'apk',
    },
  ]);
});

test('the last stanza needs no blank line, nor a newline', () => {
  expect(names(installed('P:a\nV:1-r0\n\nP:b\nV:2-r0'))).toEqual(['a 1-r0', 'b 2-r0']);
});

test('a package without an origin is its own', () => {
  const [one] = buildInventory([[os, installed('P:a\nV:1-r0\n')]]).packages;
  expect(one?.source).toEqual({ name: 'a', version: '1-r0' });
  expect(one?.purl).not.toContain('upstream');
});

test('the case of a key counts, and a value may be empty', () => {
  expect(names(installed('P:a\np:so:x=1\nV:1-r0\na:0:0:755\nL:\no:\nA:\n'))).toEqual(['a 1-r0']);
});

test('groups of build dependencies, whose names begin with a dot, are not packages', () => {
  expect(names(installed('P:.build-deps\nV:20240101.000000\n\nP:a\nV:1-r0\n'))).toEqual(['a 1-r0']);
});

test('a stanza without a name or a version is a problem, and the others are read', () => {
  const { packages, problems } = buildInventory([[os, installed('P:a\n\nV:1\n\nP:b\nV:1-r0\n')]]);
  expect(packages).toHaveLength(1);
  expect(problems.map(({ code }) => code)).toEqual(['record_incomplete', 'record_incomplete']);
});

test('what is no database at all is a problem, an empty one is not', () => {
  expect(buildInventory([[os, installed('nonsense\n')]]).problems).toMatchObject([{ code: 'file_malformed' }]);
  expect(buildInventory([[os, installed('')]]).problems).toEqual([]);
});

test('files are owned by directory, those before any directory in the root; links of the root are followed', () => {
  const text = 'P:a\nV:1-r0\nR:init\nF:bin\nM:0:0:755\nR:tool\na:0:0:755\nZ:Q1x=\nF:usr/bin\nR:other\n';
  const items = [
    os,
    installed(text),
    elf('init'),
    { path: 'bin', link: 'usr/bin' },
    elf('usr/bin/tool'),
    elf('usr/bin/other'),
  ];
  expect(buildInventory([items]).completeness).toMatchObject({
    verdict: 'complete',
    executables: { files: 3, explainedBytes: 3000 },
  });
});

test('the database is found in lib and in usr/lib, and once when they are the same', () => {
  const usr = installed('P:a\nV:1-r0\n', 'usr/lib/apk/db/installed');
  expect(buildInventory([[os, usr]]).packages).toMatchObject([{ locations: [{ path: 'usr/lib/apk/db/installed' }] }]);
  expect(buildInventory([[os, usr, { path: 'lib', link: 'usr/lib' }]]).packages).toMatchObject([{ locations: [{}] }]);
});

test('moving the database into usr/lib in a later layer keeps where packages came from', () => {
  const { packages, removed } = buildInventory([
    [os, installed('P:a\nV:1-r0\n')],
    [{ path: 'lib', whiteout: true }, installed('P:a\nV:1-r0\n', 'usr/lib/apk/db/installed')],
  ]);
  expect(packages).toMatchObject([{ introducedIn: 0, locations: [{ path: 'usr/lib/apk/db/installed', layer: 1 }] }]);
  expect(removed).toEqual([]);
});

test('a usrmerge link alone is no broken database', () => {
  expect(buildInventory([[{ path: 'lib', link: 'usr/lib' }]]).problems).toEqual([]);
});

test('without os-release the branch in the list of repositories tells the version', () => {
  const repositories = { path: 'etc/apk/repositories', text: '#x\nhttps://dl-cdn.alpinelinux.org/alpine/v3.18/main\n' };
  expect(buildInventory([[repositories, installed('P:a\nV:1-r0\nA:x86_64\n')]]).packages[0]?.purl).toBe(
    'pkg:apk/alpine/a@1-r0?arch=x86_64&distro=alpine-3.18',
  );
});

test('nested roots are read', () => {
  const { packages } = buildInventory([
    [
      installed('P:a\nV:1-r0\n', 'rootfs/usr/lib/apk/db/installed'),
      { path: 'rootfs/etc/os-release', text: 'ID=wolfi\nVERSION_ID=20230201\n' },
    ],
  ]);
  expect(packages[0]?.purl).toBe('pkg:apk/wolfi/a@1-r0?distro=wolfi-20230201');
});
