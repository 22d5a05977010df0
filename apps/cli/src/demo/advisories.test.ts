import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOsv } from '@soupcon/advisories';
import { readSbom } from '@soupcon/inventory/sbom';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { match } from '../match.ts';
import { demoAdvisories, writeAdvisories } from './advisories.ts';
import { readFacts } from './advisory-facts.ts';
import { outdatedPackages } from './image-outdated.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'soupcon-advisories-'));
});
afterEach(() => rm(directory, { recursive: true }));

const { records, date, note } = demoAdvisories();

/** What is found in packages, as `purl CVE fixed-in`. */
async function findingsOf(...purls: readonly string[]): Promise<string[]> {
  await writeAdvisories(directory, records);
  const components = purls.map((purl) => ({ type: 'library', name: 'x', purl }));
  const sbom = Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components }));
  const { findings, warnings } = await match(directory, readSbom(sbom, 'sbom:test').inventory.packages, {});
  expect(warnings).toEqual([]);
  return findings.map((finding) => `${finding.package} ${finding.id} ${finding.fixedIn ?? finding.fixState}`);
}

test('every record is one that is read whole, with a score or a reason to have none', () => {
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  expect(records.filter(({ id }) => id.startsWith('GHSA-')).length).toBeGreaterThanOrEqual(25);
  for (const record of records) {
    const parsed = parseOsv(record, record.id);
    const advisory = 'advisory' in parsed ? parsed.advisory : null;
    expect(advisory, record.id).toMatchObject({ id: record.id, summary: record.summary });
    expect(advisory?.affected.every(({ ranges }) => ranges.every(({ intervals }) => intervals.length > 0))).toBe(true);
    expect([...(advisory?.aliases ?? []), ...(advisory?.upstream ?? [])]).toEqual([expect.stringMatching(/^CVE-/)]);
    expect(record.published <= record.modified, record.id).toBe(true);
    expect(record.database_specific['origin']).toBe('the demo of soupcon');
  }
});

test('the set says its day and what it is not', () => {
  expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(note).toContain(`${records.length} well-known advisories as of ${date}`);
});

test('each package that the demo installs out of date is found, at a version without the flaws it is not', async () => {
  for (const name of outdatedPackages) expect(await findingsOf(`pkg:npm/${name}`), name).not.toEqual([]);
  expect(await findingsOf('pkg:npm/lodash@4.17.21', 'pkg:npm/minimist@1.2.8', 'pkg:npm/tar@6.2.1')).toEqual([]);
});

test.each([
  ['pkg:npm/lodash@4.17.20', ['CVE-2020-28500 4.17.21', 'CVE-2021-23337 4.17.21']],
  ['pkg:npm/ws@8.17.0', ['CVE-2024-37890 8.17.1']],
  ['pkg:npm/ws@8.17.1', []],
  ['pkg:npm/qs@6.5.2', ['CVE-2022-24999 6.5.3']],
  ['pkg:npm/path-to-regexp@0.1.10', ['CVE-2024-52798 0.1.12']],
  [
    'pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?distro=debian-12&upstream=glibc',
    ['CVE-2023-4911 2.36-9+deb12u3', 'CVE-2024-2961 2.36-9+deb12u6'],
  ],
  ['pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?distro=debian-12&upstream=zlib', ['CVE-2023-45853 not-fixed']],
  ['pkg:apk/alpine/busybox@1.36.1-r5?distro=3.18.4', ['CVE-2023-42366 1.36.1-r6']],
  ['pkg:apk/alpine/libssl3@3.3.1-r0?distro=3.20.1&origin=openssl', ['CVE-2024-6119 3.3.2-r0']],
  ['pkg:apk/alpine/busybox@1.36.1-r29?distro=3.20.3', []],
])('of %s is known %j', async (purl, expected) => {
  const found = await findingsOf(purl);
  expect(found.map((text) => text.replace(/^\S+ /, '')).sort()).toEqual(expected);
});

test('they are laid out as the public bucket, newest first, and the same every time', async () => {
  await writeAdvisories(directory, records);
  expect((await readdir(directory)).sort()).toEqual(['Alpine', 'Debian', 'ecosystems.txt', 'modified_id.csv', 'npm']);
  const rows = (await readFile(join(directory, 'npm', 'modified_id.csv'), 'utf8')).trim().split('\n');
  expect(rows).toHaveLength(records.filter(({ id }) => id.startsWith('GHSA-')).length);
  expect(rows).toEqual(rows.toSorted().reverse());
  const zip = await readFile(join(directory, 'npm', 'all.zip'));
  await writeAdvisories(directory, records);
  expect((await readFile(join(directory, 'npm', 'all.zip'))).equals(zip)).toBe(true);
});

test('a part of the records can be written first and the others later, as a feed that goes on', async () => {
  const [first, ...others] = records;
  await writeAdvisories(directory, others);
  await writeAdvisories(directory, records);
  const rows = (await readFile(join(directory, 'modified_id.csv'), 'utf8')).trim().split('\n');
  expect(rows.some((row) => row.endsWith(`npm/${first?.id}`))).toBe(true);
});

test.each([
  'GHSA-1 CVE-1 2024-01-01 2024-01-02 HIGH -',
  'GHSA-1 CVE-1 2024-01-01 2024-01-02 HIGH -\n  No row.',
  'GHSA-1 CVE-1 2024-01-01 2024-01-02 HIGH -\n  A summary.\n  @ npm a 0',
  'GHSA-1 CVE-1 someday 2024-01-02 HIGH -\n  A summary.\n  @ npm a 0 1',
])('what is written down in another way is not a fact: %j', (text) => {
  expect(() => readFacts(text)).toThrow(RangeError);
});
