import { intervalHolds } from '@soupcon/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundOpenEnd, type Compare, compareBy, flattenEvents } from './intervals.ts';

const numeric: Compare = (a, b) => Math.sign(Number(a) - Number(b)) as -1 | 0 | 1;
const span = (introduced: string | null, fixed: string | null = null, lastAffected: string | null = null) => ({
  introduced,
  fixed,
  lastAffected,
});

test.each([
  ['the sentinel 0 is below everything', [{ introduced: '0' }, { fixed: '5' }], [span(null, '5')]],
  ['no end is an open interval', [{ introduced: '3' }], [span('3')]],
  ['fixed 0 is never affected', [{ introduced: '0' }, { fixed: '0' }], []],
  [
    'several intervals',
    [{ introduced: '0' }, { fixed: '2' }, { introduced: '4' }, { last_affected: '6' }],
    [span(null, '2'), span('4', null, '6')],
  ],
  [
    'events stand in any order',
    [{ fixed: '9' }, { introduced: '8' }, { fixed: '3' }, { introduced: '0' }],
    [span(null, '3'), span('8', '9')],
  ],
  ['a second fix changes nothing', [{ introduced: '0' }, { fixed: '3' }, { fixed: '5' }], [span(null, '3')]],
  ['a limit cuts off', [{ introduced: '2' }, { limit: '6' }], [span('2', '6')]],
  ['the largest limit counts', [{ introduced: '2' }, { fixed: '9' }, { limit: '3' }, { limit: '6' }], [span('2', '6')]],
  ['the limit * is none', [{ introduced: '2' }, { limit: '*' }], [span('2')]],
  ['numbers are read as text', [{ introduced: 0 }, { fixed: 5 }], [span(null, '5')]],
  ['what is no event is passed over', [null, 'x', { introduced: '1' }, { fixed: {} }], [span('1')]],
  ['no events, no interval', undefined, []],
])('%s', (_, events, intervals) => {
  expect(flattenEvents(events, numeric)).toEqual(intervals);
});

test('without an order, events are walked as written', () => {
  const events = [{ introduced: 'b' }, { fixed: 'c' }, { introduced: 'a' }, { fixed: 'b' }];
  expect(flattenEvents(events, null)).toEqual([span('b', 'c'), span('a', 'b')]);
});

test('versions that the scheme does not know are walked as written', () => {
  const events = [{ introduced: '?' }, { fixed: '4.0.0' }];
  expect(flattenEvents(events, compareBy('semver'))).toEqual([span('?', '4.0.0')]);
});

test('fifty thousand intervals are made in time', () => {
  const events = Array.from({ length: 50_000 }, (_, k) => [
    { introduced: `${k}.0.0` },
    { last_affected: `${k}.1.0` },
    { introduced: `${k}.2.0` },
    { fixed: `${k}.3.0` },
  ]).flat();
  expect(flattenEvents(events, compareBy('semver'))).toHaveLength(100_000);
});

/** The evaluation as the schema tells it, for one version. `0` of introduced and fixed stands before all versions. */
function walk(events: readonly Record<string, string>[], version: number): boolean {
  const position = (event: Record<string, string>) => {
    const [[kind, at] = []] = Object.entries(event);
    if (at === '0' && kind === 'introduced') return -2;
    return at === '0' && kind === 'fixed' ? -1 : Number(at);
  };
  let affected = false;
  for (const event of events.filter((one) => !('limit' in one)).toSorted((a, b) => position(a) - position(b))) {
    const at = position(event);
    if ('introduced' in event && version >= at) affected = true;
    if ('fixed' in event && version >= at) affected = false;
    if ('last_affected' in event && version > at) affected = false;
  }
  const limits = events.filter((one) => 'limit' in one).map(position);
  return affected && (limits.length === 0 || limits.some((limit) => version < limit));
}

test('the intervals hold exactly what walking the events says', () => {
  const version = fc.integer({ min: 0, max: 4 }).map(String);
  const event = fc.oneof(
    fc.record({ introduced: version }),
    fc.record({ fixed: version }),
    fc.record({ last_affected: version }),
    fc.record({ limit: version }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 7 }), fc.integer({ min: 0, max: 5 }), (events, asked) => {
      const order = (bound: string) => numeric(String(asked), bound);
      const held = flattenEvents(events, numeric).some((interval) => intervalHolds(interval, order));
      expect(held).toBe(walk(events as Record<string, string>[], asked));
    }),
    { numRuns: 10_000 },
  );
});

test.each([
  ['<= 4', [span('1')], [span('1', null, '4')]],
  ['< 4', [span('1')], [span('1', '4')]],
  ['= 4', [span(null)], [span(null, null, '4')]],
  ['< 4', [span('1', '3')], [span('1', '3')]],
  ['<= 4', [span('1', null, '3')], [span('1', null, '3')]],
  ['< 1', [span('2')], [span('2')]],
  ['<= 2', [span('2')], [span('2', null, '2')]],
  ['= 2', [span('2')], [span('2', null, '2')]],
  ['< 2', [span('2')], [span('2')]],
  ['about 4', [span('1')], [span('1')]],
  [null, [span('1')], [span('1')]],
])('the last known range %j bounds only what is open', (lastKnown, intervals, bounded) => {
  expect(boundOpenEnd(intervals, lastKnown, numeric)).toEqual(bounded);
});
