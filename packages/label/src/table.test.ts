import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildLabel } from './label.ts';
import { renderTable } from './table.ts';
import {
  fullLabel,
  hostileLabel,
  partlyMatchedLabel,
  someFinding,
  someImage,
  someInventory,
  somePackage,
  unmatchedLabel,
} from './testing/samples.ts';
import { displayWidth } from './text.ts';

const plain = { width: 80, color: false };

/** Held against `fixtures/<name>`; UPDATE_GOLDEN=1 writes it anew. */
function expectGolden(name: string, text: string): void {
  const file = new URL(`../fixtures/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

test.each([
  ['table-full.txt', fullLabel(), plain],
  ['table-full-120-all.txt', fullLabel(), { width: 120, color: false, showNegligible: true }],
  ['table-full-color.txt', fullLabel(), { width: 80, color: true }],
  ['table-unmatched.txt', unmatchedLabel(), plain],
  ['table-hostile.txt', hostileLabel(), { ...plain, showNegligible: true }],
])('%s', (name, label, options) => {
  expectGolden(name, renderTable(label, options));
});

test.each([1, 40, 57, 80, 120])('at a width of %i no line is wider, whatever the image says', (width) => {
  for (const label of [fullLabel(), unmatchedLabel(), hostileLabel()]) {
    const lines = renderTable(label, { width, color: false, showNegligible: true }).split('\n');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(40, width));
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  }
});

test('a hundred and fifty thousand findings in one package are listed or counted in time', () => {
  const purl = 'pkg:npm/a@1';
  const one = somePackage({ purl, type: 'npm', name: 'a', version: '1' });
  const findings = Array.from({ length: 150_000 }, (_, k) =>
    someFinding({ id: `X-${k}`, package: purl, severity: k % 2 === 0 ? 'negligible' : 'low' }),
  );
  const label = { ...fullLabel(), packages: [{ ...fullLabel().packages[0], ...one }], findings };
  expect(renderTable(label, plain)).toContain('75000 negligible findings are not shown');
  expect(renderTable(label, { ...plain, showNegligible: true })).toContain('X-149998');
});

test('colour adds sequences and changes nothing else', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour sequences
  const bare = renderTable(fullLabel(), { width: 80, color: true }).replace(/\u001b\[[0-9;]*m/g, '');
  expect(bare).toBe(renderTable(fullLabel(), plain));
});

test('an image in which nothing was found says so, and one that was not matched says that', () => {
  const nothing = { image: someImage(), inventory: someInventory(), findings: [] };
  const clean = renderTable(
    buildLabel({ ...nothing, advisories: { snapshot: '2026-01-01T00:00:00Z', records: 1, unmatched: [] } }),
    plain,
  );
  expect(clean).toContain('findings      none');
  expect(clean).not.toContain('these packages'); // There are none.
  const unmatched = renderTable(buildLabel({ ...nothing, advisories: null }), plain);
  expect(unmatched).toContain('not matched');
  expect(unmatched).not.toContain('none\n');
});

const reason = 'this set of advisories has nothing for Debian 13';

test.each([
  [4, 'findings      not matched', null],
  [2, 'findings      none', 'No advisory is known to concern the 2 packages that were matched.'],
  [3, 'findings      none', 'No advisory is known to concern the package that was matched.'],
  [0, 'findings      none', 'No advisory is known to concern these packages.'],
])('with %i of 4 packages not matched, the table says no more than is known', (count, findings, closing) => {
  const unmatched = count === 0 ? [] : [{ reason, packages: count }];
  const text = renderTable(partlyMatchedLabel(unmatched), plain);
  expect(text).toContain(`  ${findings}\n`);
  expect(text.includes(`  not matched   ${count} packages: ${reason}\n`)).toBe(count > 0);
  expect(text.split('\n').filter((line) => line.startsWith('No advisory'))).toEqual(closing === null ? [] : [closing]);
});

test('of many reasons those of most packages are listed, the rest is counted', () => {
  const unmatched = [1, 2, 3, 4, 5, 6, 7].map((packages) => ({ reason: `reason ${packages}`, packages }));
  const lines = renderTable(partlyMatchedLabel(unmatched), plain).split('\n');
  const from = lines.findIndex((line) => line.startsWith('  not matched   7 packages: reason 7'));
  expect(lines.slice(from + 4, from + 6).map((line) => line.trim())).toEqual([
    '3 packages: reason 3',
    '3 more for other reasons',
  ]);
});
