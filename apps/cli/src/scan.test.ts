import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, type Finding, type Inventory, type Unmatched } from '@soupcon/model';
import { afterAll, expect, test } from 'vitest';
import { parseCommand, type ScanOptions } from './args.ts';
import { readConfig } from './config.ts';
import { scan } from './scan.ts';
import { type Calls, fakeFinding, fakeInventory, fakeIo, fakeSteps } from './testing/fakes.ts';

const directory = mkdtempSync(join(tmpdir(), 'soupcon-scan-'));
afterAll(() => rmSync(directory, { recursive: true }));

function optionsOf(line: string): ScanOptions {
  const command = parseCommand(['scan', ...line.split(' ').filter(Boolean)]);
  if (command.command !== 'scan') throw new TypeError(line);
  return command.options;
}

async function runScan(
  line: string,
  parts: { findings?: Finding[]; inventory?: Inventory; unmatched?: Unmatched[]; warnings?: string[] } = {},
  {
    environment = {},
    calls = { closed: 0, place: null },
  }: { environment?: Record<string, string>; calls?: Calls } = {},
) {
  const { io, written } = fakeIo();
  const { signal } = new AbortController();
  const status = await scan(optionsOf(line), {
    config: readConfig(environment),
    steps: fakeSteps(parts, calls),
    io,
    signal,
  });
  return { status, ...written };
}

const partial = fakeInventory({ completeness: { ...fakeInventory().completeness, verdict: 'partial' } });
const unknown = fakeInventory({ completeness: { ...fakeInventory().completeness, verdict: 'unknown' } });
const some = fakeInventory({
  packages: [
    {
      purl: 'pkg:npm/a@1',
      type: 'npm',
      namespace: null,
      name: 'a',
      version: '1',
      architecture: null,
      source: null,
      context: { distro: null },
      licenses: [],
      locations: [],
      introducedIn: 0,
      foundBy: 'npm',
      aliases: [],
    },
  ],
});
const two = fakeInventory({ packages: [...some.packages, ...some.packages] });
const none = [{ reason: 'there are none for it', packages: 1 }];
const high = [fakeFinding()];
const maybe = [fakeFinding({ state: 'undetermined' })];
const vexed = [fakeFinding({ suppressed: { by: 'vex', id: 'v', justification: null, until: null } })];
const unrated = [fakeFinding({ severity: 'unknown' })];

test.each([
  ['no limit asked for, findings', 'a --advisories d', { findings: high }, 0],
  ['no limit asked for, unknown', 'a', { inventory: unknown }, 0],
  ['a finding at the limit', 'a --advisories d --fail-on high', { findings: high }, 1],
  ['a finding above the limit', 'a --advisories d --fail-on low', { findings: high }, 1],
  ['a finding below the limit', 'a --advisories d --fail-on critical', { findings: high }, 0],
  ['a suppressed finding', 'a --advisories d --fail-on low', { findings: vexed }, 0],
  ['a finding of unknown severity', 'a --advisories d --fail-on negligible', { findings: unrated }, 0],
  ['any finding', 'a --advisories d --fail-on unknown', { findings: unrated }, 1],
  ['an undetermined finding at the limit', 'a --advisories d --fail-on high', { findings: maybe }, 4],
  ['an undetermined finding below it', 'a --advisories d --fail-on critical', { findings: maybe }, 0],
  ['a limit, but nothing matched', 'a --fail-on high', {}, 4],
  [
    'a limit, but no package could be matched',
    'a --advisories d --fail-on high',
    { inventory: some, unmatched: none },
    4,
  ],
  ['no limit asked for, and no package could be matched', 'a --advisories d', { inventory: some, unmatched: none }, 0],
  ['a limit, and some could not be matched', 'a --advisories d --fail-on high', { inventory: two, unmatched: none }, 0],
  [
    'a limit, some could not be matched, a breach in the others',
    'a --advisories d --fail-on high',
    { inventory: two, unmatched: none, findings: high },
    1,
  ],
  ['a limit, and no package at all', 'a --advisories d --fail-on high', {}, 0],
  ['a limit, but not understood', 'a --advisories d --fail-on high', { inventory: unknown }, 4],
  ['a breach outweighs not understood', 'a --advisories d --fail-on high', { inventory: unknown, findings: high }, 1],
  ['a limit and partial', 'a --advisories d --fail-on high', { inventory: partial }, 0],
  ['a limit and partial with a breach', 'a --advisories d --fail-on high', { inventory: partial, findings: high }, 1],
  ['complete asked for and partial', 'a --require-complete', { inventory: partial }, 4],
  ['complete asked for and unknown', 'a --require-complete', { inventory: unknown }, 4],
  ['complete asked for and complete', 'a --require-complete', {}, 0],
  [
    'a breach outweighs incomplete',
    'a --advisories d --fail-on high --require-complete',
    { inventory: partial, findings: high },
    1,
  ],
])('%s: `scan %s`', async (_, line, parts, status) => {
  const result = await runScan(line, parts);
  expect(result.status).toBe(status);
  const reasons = result.stderr.split('\n').filter((text) => text !== '' && !text.includes('warning: '));
  expect(reasons.length > 0).toBe(status !== 0);
});

test('a partial label with a limit is warned of; --quiet keeps it quiet, but not the reason of a status', async () => {
  const line = 'a --advisories d --fail-on high';
  expect((await runScan(line, { inventory: partial })).stderr).toMatch(/^soupcon: warning: parts of the image/);
  expect((await runScan(`${line} --quiet`, { inventory: partial })).stderr).toBe('');
  expect((await runScan(`${line} --quiet`, { findings: high })).stderr).toBe(
    'soupcon: 1 finding of severity high or worse\n',
  );
});

test("the place of the advisories is the option's, else the environment's, else none", async () => {
  const environment = { SOUPCON_ADVISORIES_URL: '/env' };
  const placeOf = async (line: string, variables: Record<string, string>) => {
    const calls = { closed: 0, place: null };
    const { stdout } = await runScan(`${line} --format json`, {}, { environment: variables, calls });
    expect(calls.closed).toBe(1);
    return [calls.place, JSON.parse(stdout).advisories?.records ?? null];
  };
  expect(await placeOf('a --advisories d', environment)).toEqual(['d', 1]);
  expect(await placeOf('a', environment)).toEqual(['/env', 1]);
  expect(await placeOf('a', {})).toEqual([null, null]);
});

test('what the advisories could not say is a warning line each', async () => {
  const { stderr } = await runScan('a --advisories d', { warnings: ['one\nline', 'another'] });
  expect(stderr).toBe('soupcon: warning: one line\nsoupcon: warning: another\n');
});

test('what was not matched is a warning line for each reason, and in the label', async () => {
  const unmatched = [
    { reason: 'there are none for it', packages: 1 },
    { reason: 'it is too new', packages: 2 },
  ];
  const { stderr, stdout } = await runScan('a --advisories d --format json', { inventory: some, unmatched });
  expect(stderr).toBe(
    'soupcon: warning: 2 packages were not matched: it is too new\n' +
      'soupcon: warning: 1 package was not matched: there are none for it\n',
  );
  expect(JSON.parse(stdout).advisories.unmatched).toEqual(unmatched.toReversed());
  expect((await runScan('a --advisories d -q', { inventory: some, unmatched })).stderr).toBe('');
});

test('a bill of materials is read, not pulled', async () => {
  const { stdout } = await runScan('sbom:x.json --format json');
  expect(JSON.parse(stdout).image.reference).toBe('sbom:x.json');
});

test('--output writes the file whole, over one that is there, and leaves nothing beside it', async () => {
  const file = join(directory, 'label.json');
  writeFileSync(file, 'old');
  const { stdout } = await runScan(`a --format json --output ${file}`);
  expect(stdout).toBe('');
  expect(JSON.parse(readFileSync(file, 'utf8')).schema).toBe('soupcon.label/v1');
  expect(readdirSync(directory)).toEqual(['label.json']);
});

test.each(['missing/label.json', '.'])('--output %s is refused before anything is scanned', async (name) => {
  const calls = { closed: 0, place: null };
  const run = runScan(`a --output ${join(directory, name)}`, {}, { calls });
  await expect(run).rejects.toThrow(expect.objectContaining({ code: 'output_unwritable' }));
  expect(calls.closed).toBe(0);
});

test('the image is closed and the error goes on when its layers cannot be read', async () => {
  const calls = { closed: 0, place: null };
  const steps = {
    ...fakeSteps({}, calls),
    takeInventory: async () => {
      throw new AppError('layer_corrupt');
    },
  };
  const { io } = fakeIo();
  const { signal } = new AbortController();
  const run = scan(optionsOf('a'), { config: readConfig({}), steps, io, signal });
  await expect(run).rejects.toThrow(expect.objectContaining({ code: 'layer_corrupt' }));
  expect(calls.closed).toBe(1);
});

test('two scans give the same bytes in every format', async () => {
  for (const format of ['table', 'json', 'cyclonedx']) {
    const line = `a --advisories d --format ${format}`;
    expect((await runScan(line, { findings: high })).stdout).toBe((await runScan(line, { findings: high })).stdout);
  }
});
