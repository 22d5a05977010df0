import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildLabel } from './label.ts';
import { renderTable } from './table.ts';
import { fullLabel, hostileLabel, someImage, someInventory, unmatchedLabel } from './testing/samples.ts';
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

test('colour adds sequences and changes nothing else', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour sequences
  const bare = renderTable(fullLabel(), { width: 80, color: true }).replace(/\u001b\[[0-9;]*m/g, '');
  expect(bare).toBe(renderTable(fullLabel(), plain));
});

test('an image in which nothing was found says so, and one that was not matched says that', () => {
  const nothing = { image: someImage(), inventory: someInventory(), findings: [] };
  const clean = renderTable(
    buildLabel({ ...nothing, advisories: { snapshot: '2026-01-01T00:00:00Z', records: 1 } }),
    plain,
  );
  expect(clean).toContain('findings      none');
  const unmatched = renderTable(buildLabel({ ...nothing, advisories: null }), plain);
  expect(unmatched).toContain('not matched');
  expect(unmatched).not.toContain('none\n');
});
