import type { Label } from '@soupcon/label';
import { errorTable } from '@soupcon/model';
import { expect } from 'vitest';
import { basePackages } from './alpine.ts';
import type { Expectation } from './cases.ts';
import { type Run, stackTrace } from './soupcon.ts';

/** Problems that are said of an image in any case, and are not what a case is about. */
const incidental = new Set(['config_field_invalid', 'platform_unknown']);

/** Holds a scan against how it must end. */
export function expectEnd(run: Run, expected: Expectation): void {
  expect(run.stderr).not.toMatch(stackTrace);
  expect(run.stderr).not.toContain('this should not have happened');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get to a terminal.
  expect(run.stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
  if (expected.end === 'refused') {
    const { message } = errorTable[expected.code];
    expect(run).toMatchObject({ code: 3, stdout: '' });
    expect(run.stderr.split('\n')).toEqual([expect.stringContaining(message), errorTable[expected.code].remedy, '']);
    expect(run.stderr).toContain(expected.says);
    return;
  }
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const label = JSON.parse(run.stdout) as Label;
  const codes = [...new Set(label.problems.map(({ code }) => code))].filter((code) => !incidental.has(code));
  expect(codes.sort()).toEqual(expected.problems.filter((code) => !incidental.has(code)).toSorted());
  for (const code of expected.problems) expect(label.problems).toContainEqual(expect.objectContaining({ code }));
  expect(label.completeness.verdict).toBe(expected.verdict);
  const names = label.packages.map(({ name, version }) => `${name} ${version}`);
  const base = expected.hasBase ? basePackages.map(({ name, version }) => `${name} ${version}`) : [];
  expect(names).toEqual(expect.arrayContaining([...base, ...expected.packages]));
  if (expected.hasBase) expect(label.distro?.id).toBe('alpine');
}
