import { expect, test } from 'vitest';
import { deb } from './deb.ts';

test.each([
  ['1', '1-0', 'a missing revision is 0'],
  ['1', '0:1', 'a missing epoch is 0'],
  ['+1:2', '01:2', 'the epoch is read as a number'],
  [' 1.0\t', '1.0', 'blanks around a version are dropped'],
  ['1.0~', '1.0~0', 'digits that are not there are 0'],
])('%j is %j: %s', (a, b) => {
  expect(deb.compare(a, b)).toBe(0);
});

test.each([
  ['1.0~rc1', '1.0', 'a tilde is before the end'],
  ['1.0~~', '1.0~', 'two tildes are before one'],
  ['1.0', '1.0a', 'the end is before a letter'],
  ['1.0a', '1.0+', 'a letter is before another character'],
  ['1.0-1', '1.0-1+b1', 'a rebuild is after what it was built from'],
  ['1.2-9', '1.10-1', 'digits are ordered by value'],
  ['9', '1:0', 'the epoch is before all'],
  ['1-2', '1-1-1', 'the last hyphen begins the revision'],
  ['1', 'a', 'a first character that is no digit is only warned about'],
  ['1.z', '1._', 'an underscore is only warned about'],
  ['1.1', `1.${'9'.repeat(900)}`, 'digits may be many'],
])('%j is before %j: %s', (a, b) => {
  expect(deb.compare(a, b)).toBe(-1);
});

test.each([
  ['', 'it is empty'],
  ['1 2', 'it is empty, or has a blank'],
  ['1\n', 'it is empty, or has a blank'],
  ['1é', 'a character outside printable ASCII'],
  ['a:1', 'the epoch before the colon is not a number'],
  [':1', 'the epoch before the colon is not a number'],
  ['-1:1', 'the epoch before the colon is not a number'],
  ['2147483648:1', 'the epoch is above 2147483647'],
  ['1:', 'there is no upstream version'],
  ['-1', 'there is no upstream version'],
  ['1-', 'the revision after the last hyphen is empty'],
])('%j is refused: %s', (text, why) => {
  expect(deb.compare('1', text)).toEqual({
    unparsed: expect.stringContaining(`${JSON.stringify(text)} is not of deb: `),
  });
  expect(deb.compare(text, '1')).toEqual({ unparsed: expect.stringContaining(why) });
});
