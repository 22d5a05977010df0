import { compareText } from '@soupcon/model';
import type { Order } from './scheme.ts';

/** Orders runs of decimal digits by value, however long they are: the empty run is zero, leading zeros do not count. */
export function orderDigits(a: string, b: string): Order {
  const [left, right] = [withoutZeros(a), withoutZeros(b)];
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return compareText(left, right);
}

/** The digits from the first that is not zero. */
function withoutZeros(digits: string): string {
  let at = 0;
  while (digits.charAt(at) === '0') at++;
  return digits.slice(at);
}
