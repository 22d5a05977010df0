import { type AffectedInterval, ecosystemBase, type FixState, rangeScheme } from '@soupcon/model';
import type { Row } from './families/family.ts';
import type { Match } from './flaws.ts';
import { judge, orderBy } from './judge.ts';

/**
 * Where a flaw is fixed. `fixedIn` is the lowest version that ends an interval that holds the installed one, and that no
 * entry which names a fix still calls affected: going there makes the finding go. When records contradict each other so
 * that there is none, it is the lowest named.
 *
 * `fixState` is never guessed from a missing version where the vendor says more: its status and urgency count first. A
 * range without an end is the source's word that no version is fixed; an end that is only the last version known to be
 * affected, or a list of versions, is no word about fixes at all.
 */
export function fixOf(matches: readonly Match[]): { readonly fixedIn: string | null; readonly fixState: FixState } {
  const rows = matches.flatMap((match) => match.rows);
  const named = rows.flatMap(fixNamed).toSorted((a, b) => orderFixes(rows, a, b));
  if (named.length === 0) return { fixedIn: null, fixState: openState(rows) };
  const fixing = matches.flatMap(({ all }) => all).filter(namesFix);
  const clear = named.find((version) =>
    fixing.every(({ affected }) => judge(affected, version).verdict !== 'affected'),
  );
  return { fixedIn: clear ?? named[0] ?? null, fixState: 'fixed' };
}

function fixNamed({ verdict }: Row): string[] {
  return verdict.verdict === 'affected' && verdict.range?.fixed ? [verdict.range.fixed] : [];
}

function namesFix({ affected }: Row): boolean {
  return affected.ranges.some(({ intervals }) => intervals.some(({ fixed }) => fixed !== null));
}

function orderFixes([row]: readonly Row[], a: string, b: string): number {
  const ecosystem = ecosystemBase(row?.affected.ecosystem ?? '');
  return orderBy([rangeScheme(ecosystem, 'ECOSYSTEM')], a, b).order ?? 0;
}

/** What vendors say of a flaw that has no fix, most telling first. */
const openStates: readonly (readonly [FixState, (row: Row) => boolean])[] = [
  ['end-of-life', ({ affected }) => affected.urgency === 'end-of-life'],
  ['wont-fix', ({ affected }) => affected.status === 'ignored'],
  ['deferred', ({ affected }) => affected.status === 'deferred'],
  ['under-investigation', ({ affected }) => affected.status === 'needs-triage'],
  ['not-fixed', ({ verdict }) => verdict.verdict === 'affected' && verdict.range !== null && isOpen(verdict.range)],
];

function isOpen({ fixed, lastAffected }: AffectedInterval): boolean {
  return fixed === null && lastAffected === null;
}

function openState(rows: readonly Row[]): FixState {
  return openStates.find(([, says]) => rows.some(says))?.[0] ?? 'unknown';
}
