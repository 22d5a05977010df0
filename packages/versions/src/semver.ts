import { compareText } from '@soupcon/model';
import { orderDigits } from './digits.ts';
import { defineScheme, type Order } from './scheme.ts';

interface SemVer {
  /** Major, minor, patch. */
  readonly numbers: readonly [string, string, string];
  /** Identifiers of the pre-release; none for a release. */
  readonly prerelease: readonly string[];
}

/**
 * Semantic Versioning 2.0.0 with numbers of any length; build metadata does not count.
 *
 * More is read than the specification allows, because ranges of type SEMVER have it: a leading `v`, a missing minor and
 * patch (`2.62`, `3.0-beta1`), which are 0, and leading zeros (`19.03.9`), which do not count.
 */
export const semver = defineScheme<SemVer>({
  id: 'semver',
  source: 'https://semver.org/spec/v2.0.0.html#spec-item-11',
  parse,
  order: (a, b) =>
    orderDigits(a.numbers[0], b.numbers[0]) ||
    orderDigits(a.numbers[1], b.numbers[1]) ||
    orderDigits(a.numbers[2], b.numbers[2]) ||
    orderPrereleases(a.prerelease, b.prerelease),
});

const pattern =
  /^v?([0-9]+)(?:\.([0-9]+)(?:\.([0-9]+))?)?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

function parse(text: string): SemVer | string {
  const found = pattern.exec(text);
  if (!found) return 'it is not major.minor.patch with an optional -pre.release and +build';
  const [, major = '', minor = '', patch = '', prerelease] = found;
  return { numbers: [major, minor, patch], prerelease: prerelease?.split('.') ?? [] };
}

function orderPrereleases(a: readonly string[], b: readonly string[]): Order {
  if (a.length === 0 || b.length === 0) return a.length === b.length ? 0 : a.length === 0 ? 1 : -1;
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at], b[at]];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    const order = orderIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers before words; numbers by value, words by ASCII. */
function orderIdentifiers(a: string, b: string): Order {
  const [isNumberA, isNumberB] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return isNumberA ? orderDigits(a, b) : compareText(a, b);
}
