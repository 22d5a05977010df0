import type { AffectedInterval } from '@soupcon/model';
import { isParsed, schemes } from '@soupcon/versions';
import { asList, asObject, asText } from './json.ts';

/** The order of two versions, or null when either is none in this scheme. */
export type Compare = (a: string, b: string) => -1 | 0 | 1 | null;

/** `lowest` is the sentinel `0`, below every version, which must not reach a scheme: `0~rc1` is below a real `0`. */
interface Point {
  readonly kind: 'introduced' | 'fixed' | 'last_affected' | 'limit';
  readonly version: string;
  readonly lowest: boolean;
}

/** The order of a scheme by its id; null while there is no such scheme. */
export function compareBy(schemeId: string | null): Compare | null {
  const scheme = schemes.find(({ id }) => id === schemeId);
  if (scheme === undefined) return null;
  return (a, b) => {
    const order = scheme.compare(a, b);
    return isParsed(order) ? order : null;
  };
}

/**
 * The events of one OSV range as intervals. Events stand in any order in a record; they are walked in the order of
 * their versions, those of the same version as written, or all as written where the versions cannot be ordered.
 * A `limit` only cuts the intervals off, and is then told as their `fixed`, which is the other excluded bound.
 * @param compare null where the ecosystem has no scheme yet.
 * @see https://ossf.github.io/osv-schema/#evaluation
 */
export function flattenEvents(events: unknown, compare: Compare | null): AffectedInterval[] {
  const points: Point[] = [];
  for (const event of asList(events)) readEvent(event, points);
  const limits = points.filter(({ kind }) => kind === 'limit').map(({ version }) => version);
  const walk = inOrder(
    points.filter(({ kind }) => kind !== 'limit'),
    compare,
  );
  const intervals: AffectedInterval[] = [];
  let open: Point | null = null;
  for (const point of walk) {
    if (point.kind === 'introduced') {
      open ??= point;
    } else {
      if (point.kind === 'fixed') excludeEnd(intervals, point.version, compare);
      if (open !== null && !isEmpty(open, point, compare)) intervals.push(intervalOf(open, point));
      open = null;
    }
  }
  if (open !== null) intervals.push(intervalOf(open, null));
  return cutOff(intervals, limits, compare);
}

function intervalOf(open: Point, end: Point | null): AffectedInterval {
  return {
    introduced: open.lowest ? null : open.version,
    fixed: end?.kind === 'fixed' ? end.version : null,
    lastAffected: end?.kind === 'last_affected' ? end.version : null,
  };
}

/**
 * Bounds an open end by what GHSA calls the last known affected range, `< 1.4` or `<= 1.4`: there it is the only upper
 * bound, and without it every later version would be affected. Nothing closed is changed, nor a range that would become empty.
 */
export function boundOpenEnd(
  intervals: readonly AffectedInterval[],
  lastKnown: string | null,
  compare: Compare | null,
): AffectedInterval[] {
  const [, sign, version] = /^\s*(<=?|=)\s*([^\s,]+)\s*$/.exec(lastKnown ?? '') ?? [];
  return intervals.map((interval) => {
    if (version === undefined || interval.fixed !== null || interval.lastAffected !== null) return interval;
    const toLast = interval.introduced === null ? -1 : (compare?.(interval.introduced, version) ?? -1);
    if (toLast === 1 || (toLast === 0 && sign === '<')) return interval;
    return { ...interval, ...(sign === '<' ? { fixed: version } : { lastAffected: version }) };
  });
}

const kinds = ['introduced', 'fixed', 'last_affected', 'limit'] as const;

/** An event is an object of one key; a number for a version is read as the text it must have been. */
function readEvent(event: unknown, points: Point[]): void {
  const given = asObject(event);
  if (given === null) return;
  for (const kind of kinds) {
    const value = given[kind];
    if (value === undefined) continue;
    const version = typeof value === 'number' ? String(value) : asText(value)?.trim();
    if (!version || (kind === 'limit' && version === '*')) continue;
    points.push({ kind, version, lowest: version === '0' && (kind === 'introduced' || kind === 'fixed') });
  }
}

function inOrder(points: readonly Point[], compare: Compare | null): readonly Point[] {
  const lowest = points
    .filter((point) => point.lowest)
    .sort((a, b) => Number(b.kind === 'introduced') - Number(a.kind === 'introduced'));
  const rest = points.filter((point) => !point.lowest);
  // One that stands alone is in order: most ranges are from the lowest version to a single other one.
  const ordered =
    rest.length > 1 && compare !== null && rest.every(({ version }) => compare(version, version) !== null);
  return [...lowest, ...(ordered ? rest.toSorted((a, b) => compare(a.version, b.version) ?? 0) : rest)];
}

function isEmpty(open: Point, end: Point, compare: Compare | null): boolean {
  if (end.kind !== 'fixed') return false;
  if (open.lowest || end.lowest) return end.lowest;
  return open.version === end.version || (compare?.(open.version, end.version) ?? -1) >= 0;
}

/** `last_affected` and then `fixed` at the same version: the version itself is fixed. Only the last intervals end there. */
function excludeEnd(intervals: AffectedInterval[], fixed: string, compare: Compare | null): void {
  for (let one = intervals.at(-1); one !== undefined; one = intervals.at(-1)) {
    const { introduced, lastAffected } = one;
    if (lastAffected === null || compare?.(lastAffected, fixed) !== 0) return;
    intervals.pop();
    if (introduced === null || compare(introduced, fixed) !== 0)
      intervals.push({ introduced, fixed, lastAffected: null });
  }
}

function cutOff(intervals: AffectedInterval[], limits: readonly string[], compare: Compare | null): AffectedInterval[] {
  const limit = limits.reduce<string | undefined>(
    (a, b) => (a !== undefined && (compare?.(a, b) ?? 0) >= 0 ? a : b),
    undefined,
  );
  if (limit === undefined || compare === null) return intervals;
  return intervals.flatMap((interval) => {
    if (interval.introduced !== null && (compare(interval.introduced, limit) ?? -1) >= 0) return [];
    const before =
      (interval.fixed !== null && (compare(interval.fixed, limit) ?? 1) <= 0) ||
      (interval.lastAffected !== null && (compare(interval.lastAffected, limit) ?? 0) < 0);
    return [before ? interval : { ...interval, fixed: limit, lastAffected: null }];
  });
}
