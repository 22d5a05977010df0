import { AppError, errorTable } from '@soupcon/model';
import { expect, test } from 'vitest';
import { parseDistro } from './distro.ts';
import { readSbom } from './read-sbom.ts';

const os = { type: 'operating-system', name: 'debian', version: '12.4' };
const document = (components: unknown, more: object = {}) =>
  Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components, ...more }));
const read = (...components: object[]) => readSbom(document(components), 'sbom:x.json').inventory;
const purl = (text: string, more: object = {}) => ({ type: 'library', name: 'x', purl: text, ...more });

test.each<[string, string | null, string, string | null, string | null]>([
  ['debian-12', 'debian', 'debian', '12', null],
  ['debian-12.4', 'debian', 'debian', '12', null],
  ['bookworm', 'debian', 'debian', '12', 'bookworm'],
  ['jammy', 'ubuntu', 'ubuntu', '22.04', 'jammy'],
  ['debian-trixie', 'debian', 'debian', '13', 'trixie'],
  ['sid', 'debian', 'debian', null, 'sid'],
  ['3.19.1', 'alpine', 'alpine', '3.19.1', null],
  ['alpine-3.19.1', 'alpine', 'alpine', '3.19.1', null],
  ['alpine-edge', 'alpine', 'alpine', null, 'edge'],
  ['redhat-9.3', 'redhat', 'rhel', '9.3', null],
  ['rhel-9.3', 'redhat', 'rhel', '9.3', null],
  ['opensuse-leap-15.5', 'opensuse', 'opensuse-leap', '15.5', null],
])('distro=%s of namespace %s', (text, namespace, id, versionId, versionCodename) => {
  expect(parseDistro(text, namespace)).toEqual({ id, versionId, versionCodename });
});

test.each<[string, object]>([
  [
    'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc%402.36',
    { source: { name: 'glibc', version: '2.36' }, version: '2.36-9', architecture: 'amd64' },
  ],
  [
    'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc',
    { source: { name: 'glibc', version: '2.36-9' } },
  ],
  [
    'pkg:deb/debian/libc6@2.36-9?distro=bookworm&source=glibc&sourceversion=2.36',
    { source: { name: 'glibc', version: '2.36' } },
  ],
  [
    'pkg:deb/debian/vim@9.0?arch=amd64&distro=debian-12.4&epoch=2',
    { version: '2:9.0', source: { name: 'x', version: '2:9.0' }, name: 'vim' },
  ],
  [
    'pkg:deb/debian/vim@2%3A9.0',
    { version: '2:9.0', context: { distro: { id: 'debian', versionId: '12', versionCodename: null } } },
  ],
  ['pkg:deb/ubuntu/a@1', { context: { distro: { id: 'ubuntu', versionId: null, versionCodename: null } } }],
  ['pkg:apk/alpine/libssl3@3.1-r0?distro=3.19.1&origin=openssl', { source: { name: 'openssl', version: '3.1-r0' } }],
  [
    'pkg:rpm/redhat/bash-libs@5.1-2?epoch=1&distro=rhel-9.3&upstream=bash-5.1-2.src.rpm',
    { version: '1:5.1-2', source: { name: 'bash', version: '5.1-2' } },
  ],
  ['pkg:rpm/redhat/a@1-1?modularitylabel=nodejs:18:1:x', { context: { modularity: 'nodejs:18:1:x' } }],
  ['pkg:npm/%40s/a@1.0.0', { namespace: '@s', name: 'a', context: { distro: null }, source: null }],
  ['pkg:npm/@s/a@1.0.0', { namespace: '@s', name: 'a', purl: 'pkg:npm/@s/a@1.0.0' }],
])('%s', (text, expected) => {
  const properties = [{ name: 'aquasecurity:trivy:SrcName', value: 'x' }];
  const trivy = text.includes('epoch=2') ? { properties } : {};
  expect(read(os, purl(text, trivy)).packages).toMatchObject([{ purl: text, ...expected }]);
});

test('what a tool says of the source beside the purl counts where the purl says nothing', () => {
  const properties = Object.entries({ SrcName: 'glibc', SrcVersion: '2.36', SrcRelease: '9', SrcEpoch: '1' }).map(
    ([name, value]) => ({ name: `aquasecurity:trivy:${name}`, value }),
  );
  expect(read(os, purl('pkg:deb/debian/libc6@2.36-9', { properties })).packages[0]?.source).toEqual({
    name: 'glibc',
    version: '1:2.36-9',
  });
});

test('nested components are read, and the operating system is the distribution', () => {
  const inventory = read(
    os,
    purl('pkg:npm/a@1.0.0', { components: [purl('pkg:npm/b@1.0.0', { components: [purl('pkg:npm/c@1.0.0')] })] }),
  );
  expect(inventory.packages.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(inventory.distro).toMatchObject({ id: 'debian', versionId: '12' });
  expect(inventory.completeness).toMatchObject({
    verdict: 'complete',
    reasons: [expect.stringContaining('as complete as the document')],
  });
});

test('components without a purl that can be used are one problem with their number; files and images are none', () => {
  const inventory = read(
    { type: 'library', name: 'a', version: '1' },
    purl('pkg:npm/a'),
    purl('nonsense'),
    { type: 'file', name: '/bin/x' },
    { type: 'application', name: 'package-lock.json' },
    purl('pkg:oci/x@sha256%3Aabc'),
  );
  expect(inventory.packages).toEqual([]);
  expect(inventory.problems).toMatchObject([
    { code: 'sbom_component_skipped', message: expect.stringContaining('3 in all') },
  ]);
  expect(inventory.completeness.verdict).toBe('partial');
});

test('the same purl twice is one package at both places, with its licences', () => {
  const at = (location: string) =>
    purl('pkg:npm/a@1.0.0', {
      evidence: { occurrences: [{ location }] },
      licenses: [{ license: { id: 'MIT' } }, { expression: 'A OR B' }],
    });
  expect(read(at('/y/package.json'), at('x/package.json')).packages).toMatchObject([
    {
      locations: [
        { path: 'x/package.json', layer: 0 },
        { path: 'y/package.json', layer: 0 },
      ],
      licenses: ['A OR B', 'MIT'],
    },
  ]);
});

test.each<[string, string | Buffer]>([
  ['not JSON', '{'],
  ['not a JSON object', '[]'],
  ['SPDX', '{"spdxVersion":"SPDX-2.3"}'],
  ['CycloneDX', '{"a":1}'],
  ['CycloneDX 1.1', '{"bomFormat":"CycloneDX","specVersion":"1.1"}'],
  ['not a list', '{"bomFormat":"CycloneDX","specVersion":"1.4","components":{}}'],
  ['not JSON', ''],
])('what is no such document is refused in words: %s', (words, text) => {
  const attempt = () => readSbom(Buffer.from(text), 'sbom:x.json');
  expect(attempt).toThrow(AppError);
  expect(attempt).toThrow(errorTable.sbom_malformed.message);
  expect(attempt).toThrow(words);
});

test('depth is no way to break it', () => {
  const depth = 200_000;
  const text = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[${'{"components":['.repeat(depth)}${']}'.repeat(depth)}]}`;
  try {
    readSbom(Buffer.from(text), 'x');
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
  }
});

test('a byte order mark and UTF-16 are read', () => {
  const bytes = document([purl('pkg:npm/a@1.0.0')]);
  expect(readSbom(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]), 'x').inventory.packages).toHaveLength(1);
  const wide = Buffer.from(`\uFEFF${bytes.toString()}`, 'utf16le');
  expect(readSbom(wide, 'x').inventory.packages).toHaveLength(1);
});
