import type { AffectedInterval } from '@soupcon/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import { affects, span } from './testing/samples.ts';

const verdictOf = (intervals: AffectedInterval[] | null, version: string, versions: string[] = []) =>
  judge(affects('npm', 'a', intervals, { versions }), version).verdict;

test.each<[string, AffectedInterval[] | null, string, string]>([
  ['below the fix', [span(null, '2.0.0')], '1.9.9', 'affected'],
  ['the fix itself', [span(null, '2.0.0')], '2.0.0', 'unaffected'],
  ['a prerelease of the fix', [span(null, '2.0.0')], '2.0.0-rc.1', 'affected'],
  ['the first affected', [span('1.0.0', '2.0.0')], '1.0.0', 'affected'],
  ['before the first affected', [span('1.0.0', '2.0.0')], '0.9.0', 'unaffected'],
  ['the last affected', [span('1.0.0', null, '1.5.0')], '1.5.0', 'affected'],
  ['after the last affected', [span('1.0.0', null, '1.5.0')], '1.5.1', 'unaffected'],
  ['between two intervals', [span(null, '1.0.0'), span('2.0.0', '3.0.0')], '1.5.0', 'unaffected'],
  ['in the second interval', [span(null, '1.0.0'), span('2.0.0', '3.0.0')], '2.5.0', 'affected'],
  ['an empty range', [], '1.0.0', 'unaffected'],
  ['no range at all', null, '1.0.0', 'unaffected'],
  ['what only the lax order reads', [span(null, '2.0.0')], 'v1.0.0', 'affected'],
  ['no version, but everything is affected', [span(null)], 'latest', 'affected'],
  ['no version', [span(null, '2.0.0')], 'latest', 'undetermined'],
  ['a bound that is no version', [span('1.0.0', 'soon')], '1.5.0', 'undetermined'],
  ['such a bound, out of reach', [span('1.0.0', 'soon')], '0.5.0', 'unaffected'],
  ['such a bound beside an interval that decides', [span(null, 'soon'), span('1.0.0', '2.0.0')], '1.5.0', 'affected'],
])('%s', (_, intervals, version, verdict) => {
  expect(verdictOf(intervals, version)).toBe(verdict);
});

test('a version that is listed is affected whatever the range says', () => {
  expect(verdictOf([span(null, '1.0.0')], '3.0.0', ['3.0.0'])).toBe('affected');
  expect(verdictOf(null, 'latest', ['latest'])).toBe('affected');
  expect(verdictOf(null, 'v3.0.0', ['3.0.0'])).toBe('affected');
  expect(verdictOf(null, '3.0.1', ['3.0.0'])).toBe('unaffected');
});

test('an ecosystem without an order is never called unaffected by a range', () => {
  const verdict = judge(affects('Unheard Of', 'a', [span('1', '2')]), '5');
  expect(verdict).toMatchObject({ verdict: 'undetermined', because: 'there is no order for these versions' });
});

test('nor is one that is called as what every object has', () => {
  const verdict = judge(affects('constructor', 'a', null, { versions: ['1'] }), '1');
  expect(verdict).toMatchObject({ verdict: 'affected', scheme: 'literal' });
});

test('an undetermined verdict says why', () => {
  expect(judge(affects('npm', 'a', [span('1.0.0')]), 'latest')).toMatchObject({
    because: expect.stringContaining('latest'),
  });
});

test('numbers are compared as a naive model does', () => {
  const bound = fc.option(fc.integer({ min: 0, max: 6 }));
  const interval = fc
    .tuple(bound, bound, bound)
    .map(([introduced, fixed, last]) => ({ introduced, fixed, last: fixed === null ? last : null }));
  const text = (number: number | null) => (number === null ? null : `${number}.0.0`);
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 4 }), fc.integer({ min: 0, max: 7 }), (intervals, version) => {
      const expected = intervals.some(({ introduced, fixed, last }) => {
        return (
          (introduced === null || version >= introduced) &&
          (fixed === null || version < fixed) &&
          (last === null || version <= last)
        );
      });
      const spans = intervals.map(({ introduced, fixed, last }) => span(text(introduced), text(fixed), text(last)));
      expect(verdictOf(spans, `${version}.0.0`)).toBe(expected ? 'affected' : 'unaffected');
    }),
  );
});
