import {
  type AffectedInterval,
  type AffectedPackage,
  type AffectedRange,
  ecosystemBase,
  intervalHolds,
  rangeScheme,
} from '@soupcon/model';
import { isParsed, schemes } from '@soupcon/versions';

/** `scheme` is the id of the order used. `range` null: the version stands literally in the list of versions. */
export type Verdict =
  | { readonly verdict: 'affected'; readonly scheme: string; readonly range: AffectedInterval | null }
  | {
      readonly verdict: 'undetermined';
      readonly scheme: string;
      readonly range: AffectedInterval;
      readonly because: string;
    }
  | { readonly verdict: 'unaffected' };

const unaffected: Verdict = { verdict: 'unaffected' };

/**
 * Whether one `affected` entry holds a version: when it is listed literally, or one of the ranges holds it.
 * Versions that cannot be compared where it matters give `undetermined`, never `unaffected`.
 * @see https://ossf.github.io/osv-schema/#evaluation
 */
export function judge(affected: AffectedPackage, version: string): Verdict {
  const ecosystem = ecosystemBase(affected.ecosystem);
  const own = rangeScheme(ecosystem, 'ECOSYSTEM');
  if (affected.versions.some((listed) => listed === version || orderBy([own], version, listed).order === 0)) {
    return { verdict: 'affected', scheme: own ?? 'literal', range: null };
  }
  let undecided: Verdict = unaffected;
  for (const range of affected.ranges) {
    const verdict = judgeRange(range, ecosystem, version);
    if (verdict.verdict === 'affected') return verdict;
    if (verdict.verdict === 'undetermined') undecided = verdict;
  }
  return undecided;
}

function judgeRange({ type, intervals }: AffectedRange, ecosystem: string, version: string): Verdict {
  // SemVer is strict; what is installed often is not, and then the ecosystem's own, laxer order decides.
  const ids = [rangeScheme(ecosystem, type), rangeScheme(ecosystem, 'ECOSYSTEM')];
  let undecided: Verdict = unaffected;
  for (const range of intervals) {
    let scheme = ids[0] ?? 'none';
    let because = '';
    const holds = intervalHolds(range, (bound) => {
      const answer = orderBy(ids, version, bound);
      scheme = answer.scheme;
      if (answer.order === null) because = answer.because;
      return answer.order;
    });
    if (holds === true) return { verdict: 'affected', scheme, range };
    if (holds === null) undecided = { verdict: 'undetermined', scheme, range, because };
  }
  return undecided;
}

type Answer =
  | { readonly scheme: string; readonly order: -1 | 0 | 1 }
  | { readonly scheme: string; readonly order: null; readonly because: string };

/** The order of two versions by the first scheme that knows both. */
export function orderBy(ids: readonly (string | null)[], a: string, b: string): Answer {
  let answer: Answer = { scheme: 'none', order: null, because: 'there is no order for these versions' };
  for (const id of ids) {
    const scheme = schemes.find((one) => one.id === id);
    if (scheme === undefined) continue;
    const order = scheme.compare(a, b);
    if (isParsed(order)) return { scheme: scheme.id, order };
    if (answer.scheme === 'none') answer = { scheme: scheme.id, order: null, because: order.unparsed };
  }
  return answer;
}
