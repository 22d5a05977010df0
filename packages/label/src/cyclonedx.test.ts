import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { renderCycloneDx } from './cyclonedx.ts';
import { References } from './cyclonedx-parts.ts';
import { licenseChoice, spdxIds } from './licenses.ts';
import { fullLabel, hostileLabel, partlyMatchedLabel, unmatchedLabel } from './testing/samples.ts';

const require = createRequire(import.meta.url);
const schemas = join(dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res', 'schema');
const read = (name: string) => JSON.parse(readFileSync(join(schemas, name), 'utf8'));

const ajv = new Ajv({ strict: false, allErrors: true });
const applyFormats = [require('ajv-formats'), require('ajv-formats-draft2019')];
for (const apply of applyFormats) (apply.default ?? apply)(ajv);
ajv.addSchema(read('spdx.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
ajv.addSchema(read('jsf-0.82.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
const validate = ajv.compile(read('bom-1.6.SNAPSHOT.schema.json'));

interface Bom {
  serialNumber: string;
  metadata: {
    timestamp?: string;
    component: { 'bom-ref': string; purl?: string };
    properties: { name: string; value: string }[];
  };
  components: { 'bom-ref': string; name: string; purl?: string; licenses?: unknown }[];
  dependencies: { ref: string; dependsOn: string[] }[];
  compositions: { aggregate: string; assemblies: string[] }[];
  vulnerabilities: {
    'bom-ref': string;
    id: string;
    affects: { ref: string }[];
    analysis: { state: string };
    ratings: unknown[];
  }[];
}

const bomOf = (make: typeof fullLabel): Bom => JSON.parse(renderCycloneDx(make(), { toolVersion: '1.2.3' }));
const samples = [fullLabel, unmatchedLabel, hostileLabel];

test.each(samples)('%o is valid against the official schema, formats included', (make) => {
  validate(bomOf(make));
  expect(validate.errors ?? []).toEqual([]);
});

test.each(samples)('%o: every reference is unique and leads somewhere', (make) => {
  const bom = bomOf(make);
  const made = [
    bom.metadata.component['bom-ref'],
    ...bom.components.map((one) => one['bom-ref']),
    ...bom.vulnerabilities.map((one) => one['bom-ref']),
  ];
  expect(made).toEqual([...new Set(made)]);
  const used = [
    ...bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]),
    ...bom.compositions.flatMap(({ assemblies }) => assemblies),
    ...bom.vulnerabilities.flatMap(({ affects }) => affects.map(({ ref }) => ref)),
  ];
  expect(used.filter((ref) => !made.includes(ref))).toEqual([]);
  for (const { affects } of bom.vulnerabilities)
    expect(affects).toEqual([...new Map(affects.map((one) => [one.ref, one])).values()]);
});

test('the same label gives the same bytes; another label or another version another serial number', () => {
  const serial = (make: typeof fullLabel, toolVersion: string) =>
    JSON.parse(renderCycloneDx(make(), { toolVersion })).serialNumber;
  expect(renderCycloneDx(fullLabel(), { toolVersion: '1' })).toBe(renderCycloneDx(fullLabel(), { toolVersion: '1' }));
  expect(new Set([serial(fullLabel, '1'), serial(fullLabel, '2'), serial(unmatchedLabel, '1')]).size).toBe(3);
  expect(serial(fullLabel, '1')).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test("the time is the image's, else the advisories', else none", () => {
  expect(bomOf(fullLabel).metadata.timestamp).toBe('2026-03-04T05:06:07Z');
  expect(bomOf(hostileLabel).metadata.timestamp).toBe('2026-11-20T00:00:00Z');
  expect(bomOf(unmatchedLabel).metadata.timestamp).toBeUndefined();
});

test('a time without its zone is no instant: it would be another one on another machine', () => {
  const created = (text: string) => () => ({ ...fullLabel(), image: { ...fullLabel().image, created: text } });
  expect(bomOf(created('2026-03-04T05:06:07')).metadata.timestamp).toBe('2026-11-20T00:00:00Z');
  expect(bomOf(created('2026-03-04T05:06:07 (local)')).metadata.timestamp).toBe('2026-11-20T00:00:00Z');
  expect(bomOf(created('2026-03-04T05:06:07.5+02:00')).metadata.timestamp).toBe('2026-03-04T03:06:07Z');
});

test('fifty thousand things that want the same reference get theirs in time', () => {
  const references = new References();
  const taken = Array.from({ length: 50_000 }, () => references.take('a'));
  expect([taken[1], new Set(taken).size]).toEqual(['a (2)', 50_000]);
  expect(references.take('a (2)')).toBe('a (2) (2)');
});

test('completeness is said, also as the aggregate of the composition', () => {
  expect(samples.map((make) => bomOf(make).compositions[0]?.aggregate)).toEqual(['incomplete', 'complete', 'unknown']);
  expect(bomOf(fullLabel).metadata.properties).toContainEqual({ name: 'soupcon:completeness', value: 'partial' });
});

test('what was not matched is said for each reason', () => {
  const unmatched = [
    { reason: 'a', packages: 1 },
    { reason: 'b', packages: 2 },
  ];
  const { properties } = bomOf(() => partlyMatchedLabel(unmatched)).metadata;
  expect(properties.filter(({ name }) => name === 'soupcon:advisories:unmatched').map(({ value }) => value)).toEqual([
    '1 package: a',
    '2 packages: b',
  ]);
});

test('the image has the purl of its registry, a directory has none', () => {
  expect(bomOf(fullLabel).metadata.component.purl).toMatch(
    /^pkg:oci\/web@sha256:[0-9a-f]{64}\?arch=amd64&repository_url=registry\.example%2Fshop%2Fweb&tag=1\.4$/,
  );
  expect(bomOf(unmatchedLabel).metadata.component).not.toHaveProperty('purl');
});

test('a VEX statement, an accepted risk and an open finding differ in their analysis', () => {
  const state = (make: typeof fullLabel, id: string) =>
    bomOf(make).vulnerabilities.find((one) => one.id === id)?.analysis;
  expect(state(fullLabel, 'CVE-2021-45105')).toMatchObject({
    state: 'not_affected',
    justification: 'code_not_reachable',
  });
  expect(state(fullLabel, 'CVE-2021-44228')).toEqual({ state: 'in_triage', response: ['update'] });
  expect(state(hostileLabel, 'CVE-2')).toMatchObject({ state: 'exploitable', response: ['will_not_fix'] });
});

test('the first rating is one that agrees with the severity of the finding', () => {
  const found = bomOf(fullLabel).vulnerabilities.find((one) => one.id === 'CVE-2024-0001');
  expect(found?.ratings.map((one) => (one as { severity: string }).severity)).toEqual(['high', 'critical']);
});

test('every id that we take for SPDX is on the list', () => {
  const list = new Set<string>(read('spdx.SNAPSHOT.schema.json').enum);
  expect([...spdxIds].filter((id) => !list.has(id))).toEqual([]);
});

test.each([
  [['MIT'], [{ license: { id: 'MIT' } }]],
  [['mit'], [{ license: { name: 'mit' } }]],
  [['MIT OR Apache-2.0'], [{ expression: 'MIT OR Apache-2.0' }]],
  [
    ['MIT OR Apache-2.0', 'MIT'],
    [{ license: { name: 'MIT OR Apache-2.0' } }, { license: { id: 'MIT' } }],
  ],
  [['MIT or Apache-2.0'], [{ license: { name: 'MIT or Apache-2.0' } }]],
  [['(MIT OR (ISC AND Zlib))'], [{ expression: '(MIT OR (ISC AND Zlib))' }]],
  [['MIT OR'], [{ license: { name: 'MIT OR' } }]],
  [['(MIT'], [{ license: { name: '(MIT' } }]],
  [['MIT ISC'], [{ license: { name: 'MIT ISC' } }]],
  [['GPL-2.0-only WITH MIT'], [{ license: { name: 'GPL-2.0-only WITH MIT' } }]],
  [[' '], null],
  [[], null],
])('the licenses %j become %j', (licenses, expected) => {
  expect(licenseChoice(licenses)).toEqual(expected);
});
