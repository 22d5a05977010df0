import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostileText } from './testing/samples.ts';
import { cut, displayWidth, printable, wrap } from './text.ts';

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007rest', ']0;titlerest'],
  ['\u009b31mred', 'red'],
  ['a\u202Eb\u2066c\u200Fd', 'abcd'],
  ['a\r\nb\tc', 'a b c'],
  ['\uD800x', '\uFFFDx'],
  ['zero\u200Bwidth\uFEFF', 'zerowidth'],
  ['e\u0301', 'e\u0301'],
])('%j is printed as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constant(hostileText));

test('nothing printable can control a terminal or reorder text', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    }),
  );
});

test('what is cut or wrapped is never wider than asked', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 60 }), (text, columns) => {
      const clean = printable(text);
      expect(displayWidth(cut(clean, columns))).toBeLessThanOrEqual(columns);
      for (const line of wrap(clean, columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      expect(wrap(clean, columns).join('').replaceAll(' ', '')).toBe(clean.replaceAll(' ', ''));
    }),
  );
});

test.each([
  ['abc', 3],
  ['漢字', 4],
  ['😀', 2],
  ['e\u0301', 1],
])('%s takes %i columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});
