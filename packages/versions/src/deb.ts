import { orderDigits } from './digits.ts';
import { defineScheme, type Order } from './scheme.ts';

interface DebVersion {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/**
 * `[epoch:]upstream[-revision]`; a missing epoch is 0, a missing revision sorts as `0`.
 * Source: deb-version(7); order and refusals as dpkg's own, lib/dpkg/version.c and parsehelp.c.
 */
export const deb = defineScheme<DebVersion>({
  id: 'deb',
  source: 'https://manpages.debian.org/deb-version.7',
  parse,
  order: (a, b) =>
    orderDigits(a.epoch, b.epoch) || orderPart(a.upstream, b.upstream) || orderPart(a.revision, b.revision),
});

/**
 * As lenient as `dpkg --compare-versions`: blanks around the version are dropped, and what dpkg only warns about (a first
 * character that is no digit, characters outside the policy) is compared. Bytes above ASCII are refused, because
 * dpkg's order of them depends on the sign of the machine's `char`.
 */
function parse(text: string): DebVersion | string {
  const version = /^[ \t]*([!-~]+)[ \t]*$/.exec(text)?.[1];
  if (version === undefined) return 'it is empty, or has a blank or a character outside printable ASCII';
  const colon = version.indexOf(':');
  const epoch = version.slice(0, Math.max(colon, 0));
  if (colon !== -1 && !/^\+?[0-9]+$/.test(epoch)) return 'the epoch before the colon is not a number';
  const epochDigits = epoch.replace('+', '');
  if (orderDigits(epochDigits, epochMax) > 0) return `the epoch is above ${epochMax}`;
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  const upstream = hyphen === -1 ? rest : rest.slice(0, hyphen);
  const revision = hyphen === -1 ? '' : rest.slice(hyphen + 1);
  if (upstream === '') return 'there is no upstream version';
  if (hyphen !== -1 && revision === '') return 'the revision after the last hyphen is empty';
  return { epoch: epochDigits, upstream, revision };
}

/** dpkg keeps the epoch in an `int`. */
const epochMax = '2147483647';

/** Runs of other characters and runs of digits by turns: the first by weight, character by character, the second by value. */
function orderPart(a: string, b: string): Order {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const [left, right] = [weight(a, i++), weight(b, j++)];
      if (left !== right) return left < right ? -1 : 1;
    }
    const [endA, endB] = [endOfDigits(a, i), endOfDigits(b, j)];
    const order = orderDigits(a.slice(i, endA), b.slice(j, endB));
    if (order !== 0) return order;
    [i, j] = [endA, endB];
  }
  return 0;
}

/** `~` before the end, the end and a digit before letters, letters before all else. */
function weight(part: string, at: number): number {
  const character = part.charAt(at);
  if (character === '' || isDigit(part, at)) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? part.charCodeAt(at) : part.charCodeAt(at) + 256;
}

function isDigit(part: string, at: number): boolean {
  const code = part.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function endOfDigits(part: string, from: number): number {
  let at = from;
  while (isDigit(part, at)) at++;
  return at;
}
