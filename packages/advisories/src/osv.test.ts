import type { Advisory } from '@soupcon/model';
import { expect, test } from 'vitest';
import { parseOsv } from './osv.ts';

const minimal = { id: 'GHSA-aaaa-bbbb-cccc', modified: '2024-05-06T07:08:09Z' };
const npm = (more: object) => ({ package: { ecosystem: 'npm', name: 'left' }, ...more });
const semver = (...events: object[]) => ({ type: 'SEMVER', events });

function parse(more: object): Advisory {
  const parsed = parseOsv({ ...minimal, ...more }, 'file');
  if ('refused' in parsed) throw new Error(parsed.refused);
  return parsed.advisory;
}

test.each([
  ['null', null, { id: 'file', refused: 'not an object' }],
  ['a list', [], { id: 'file', refused: 'not an object' }],
  ['no id', { modified: 'x' }, { id: 'file', refused: 'it has no id' }],
  ['an id for a terminal', { id: 'A\u001b[2J', modified: 'x' }, { id: 'file', refused: 'its id is no id' }],
  ['no modified', { id: 'A-1' }, { id: 'A-1', refused: 'it does not say when it was modified' }],
])('a record with %s is refused', (_, json, refusal) => {
  expect(parseOsv(json, 'file')).toEqual(refusal);
});

test('optional fields of a wrong type are as good as absent', () => {
  const wrong = {
    aliases: 'CVE-1',
    related: [7, ''],
    severity: {},
    summary: 9,
    withdrawn: true,
    affected: [1, {}, { package: { name: 'a' } }],
  };
  expect(parse({ ...wrong, database_specific: [] })).toEqual({
    ...minimal,
    published: null,
    withdrawn: null,
    aliases: [],
    upstream: [],
    related: [],
    summary: null,
    severity: [],
    severityWord: null,
    affected: [],
  });
});

test('ranges of commits and entries without a package are left out', () => {
  const git = { type: 'GIT', repo: 'https://example.org/x', events: [{ introduced: '0' }] };
  const { affected } = parse({
    affected: [{ ranges: [git] }, npm({ ranges: [git, semver({ introduced: '0' }, { fixed: '2.0.0' })] })],
  });
  expect(affected).toMatchObject([
    { name: 'left', ranges: [{ type: 'SEMVER', intervals: [{ introduced: null, fixed: '2.0.0' }] }] },
  ]);
});

test('of the literal versions those are kept that no range says already', () => {
  const versions = ['1.0.0', '1.5.0', '3.0.0', 'odd'];
  const [entry] = parse({
    affected: [npm({ versions, ranges: [semver({ introduced: '0' }, { fixed: '2.0.0' })] })],
  }).affected;
  expect(entry?.versions).toEqual(['3.0.0', 'odd']);
  const [listed] = parse({ affected: [npm({ versions })] }).affected;
  expect(listed?.versions).toEqual(versions);
});

test('an open range ends where GitHub last knew it to be affected', () => {
  const lastKnown = { database_specific: { last_known_affected_version_range: '<= 1.4.2' } };
  const bounds = (events: object[]) =>
    parse({ affected: [npm({ ranges: [semver(...events)], ...lastKnown })] }).affected[0]?.ranges[0]?.intervals;
  expect(bounds([{ introduced: '0' }])).toEqual([{ introduced: null, fixed: null, lastAffected: '1.4.2' }]);
  expect(bounds([{ introduced: '0' }, { fixed: '1.0.0' }])).toEqual([
    { introduced: null, fixed: '1.0.0', lastAffected: null },
  ]);
});

test.each([
  [
    'upstream where it is given',
    'DEBIAN-CVE-2024-1',
    { upstream: ['CVE-2024-1'], related: ['CVE-2024-2'] },
    ['CVE-2024-1'],
  ],
  [
    'related of an erratum',
    'DSA-5000-1',
    { related: ['CVE-2024-1', 'GHSA-x', 'CVE-2024-2'] },
    ['CVE-2024-1', 'CVE-2024-2'],
  ],
  [
    'related of an erratum whose upstream has no CVE',
    'CGA-1',
    { upstream: ['GHSA-x'], related: ['CVE-2024-1'] },
    ['CVE-2024-1'],
  ],
  ['not the related of other records', 'GHSA-x', { related: ['CVE-2024-1'] }, []],
])('the flaws of a record: %s', (_, id, more, upstream) => {
  expect(parse({ id, ...more }).upstream).toEqual(upstream);
});

test("a vendor's urgency, priority and status are read", () => {
  const entry = (ecosystem: string, ecosystem_specific: object) => ({
    package: { ecosystem, name: 'a' },
    ecosystem_specific,
  });
  const affected = [
    entry('Debian:12', { urgency: 'unimportant' }),
    entry('Ubuntu:22.04:LTS', { ubuntu_priority: 'low', ubuntu_status: 'deferred' }),
  ];
  expect(parse({ affected }).affected).toMatchObject([
    { urgency: 'unimportant' },
    { urgency: 'low', status: 'deferred' },
  ]);
});

test('only the entries asked for are kept, by normalised name', () => {
  const pypi = (name: string) => ({ package: { ecosystem: 'PyPI', name }, versions: ['1'] });
  const parsed = parseOsv(
    { ...minimal, affected: [pypi('Py_Load.NG'), pypi('other')] },
    'file',
    (_, name) => name === 'py-load-ng',
  );
  expect('advisory' in parsed && parsed.advisory.affected.map(({ name }) => name)).toEqual(['Py_Load.NG']);
});

test.each([
  [{ summary: 'Short' }, 'Short'],
  [{ details: '\n\n# Title\nMore' }, 'Title'],
  [{ summary: 'a\u001b[31mb' }, 'a[31mb'],
  [{ summary: 'x'.repeat(300) }, `${'x'.repeat(199)}…`],
  [{ summary: '  \n ' }, null],
])('the summary is one line: %j', (more, summary) => {
  expect(parse(more).summary).toBe(summary);
});

test('many versions beside many intervals are read in time', () => {
  const events = Array.from({ length: 2_000 }, (_, k) => [{ introduced: `${k}.0.0` }, { fixed: `${k}.1.0` }]).flat();
  const versions = Array.from({ length: 100_000 }, (_, k) => `9000.${k}.0`);
  const entry = { package: { ecosystem: 'npm', name: 'a' }, ranges: [{ type: 'SEMVER', events }], versions };
  expect(parse({ affected: [entry] }).affected[0]?.versions).toHaveLength(100_000);
});
