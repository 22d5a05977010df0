import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isParsed, schemes } from './index.ts';

/** Lines `a < b`, `a = b`, `a > b`, and `a ? b` for what cannot be compared; the first line says where they are from. */
function readFixture(name: string): { provenance: string; cases: [string, string, string][] } {
  const text = readFileSync(new URL(`../src/fixtures/${name}.txt`, import.meta.url), 'utf8');
  const [provenance = '', ...lines] = text.trimEnd().split('\n');
  const cases = lines
    .filter((line) => !line.startsWith('# '))
    .map((line) => line.split(' ') as [string, string, string]);
  return { provenance, cases };
}

const signs = { '-1': '<', '0': '=', '1': '>' } as const;

for (const scheme of schemes) {
  const { provenance, cases } = readFixture(scheme.id);
  const signOf = (a: string, b: string) => {
    const order = scheme.compare(a, b);
    return isParsed(order) ? signs[order] : '?';
  };

  test(`${scheme.id} agrees with its reference, both ways round`, () => {
    expect(provenance).toMatch(/^# .*(judged by|By rule, not by tool)/);
    expect(cases.length).toBeGreaterThan(500);
    const mirrored = { '<': '>', '>': '<', '=': '=', '?': '?' };
    expect(cases.filter(([a, sign, b]) => signOf(a, b) !== sign)).toEqual([]);
    expect(cases.filter(([a, sign, b]) => signOf(b, a) !== mirrored[sign as '<'])).toEqual([]);
  });
}
