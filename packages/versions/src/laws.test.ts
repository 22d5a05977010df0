import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isParsed, type Order, schemes } from './index.ts';

// Versions of few, like pieces: most pairs begin alike, and many are equal under another spelling.
const number = fc.constantFrom('0', '1', '2', '10', '00', '01', '010', '09');
const tail = fc.constantFrom(
  ...['-', '.', '~', '+', '_', ':', '=', 'v', 'a', 'b', 'p', 'z', 'A', '0', '1', '01', '10'],
  ...['-1', '-r1', '-r01', '-r', '-rc', '-rc.1', '-0', '-01', '.a', '.0', '.00', '.1', '+b', '~ab', '~rc'],
  ...['_rc', '_p', '_p1', '_p01', '_alpha', '_foo'],
);
const version = fc
  .tuple(
    fc.constantFrom('', '', '', '', 'v', '=', '0:', '1:'),
    fc.array(number, { minLength: 1, maxLength: 3 }),
    fc.array(tail, { maxLength: 4 }),
  )
  .map(([before, numbers, after]) => before + numbers.join('.') + after.join(''));
const full = fc
  .tuple(number, number, number, fc.array(tail, { maxLength: 3 }))
  .map(([major, minor, patch, after]) => `${[major, minor, patch].map(Number).join('.')}${after.join('')}`);
const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'grapheme' }));

for (const scheme of schemes) {
  const parsed = fc
    .oneof({ weight: 3, arbitrary: version }, { weight: 6, arbitrary: full }, anyText)
    .filter((text) => isParsed(scheme.compare(text, text)));
  const order = (a: string, b: string) => scheme.compare(a, b) as Order;

  test(`${scheme.id} is a total order of the versions that compare with themselves`, () => {
    fc.assert(
      fc.property(parsed, parsed, parsed, (a, b, c) => {
        for (const [x, y] of [
          [a, b],
          [b, c],
          [a, c],
        ] as const)
          expect([-1, 0, 1]).toContain(scheme.compare(x, y));
        expect(order(a, a)).toBe(0);
        expect(order(a, b) + order(b, a)).toBe(0);
        if (order(a, b) <= 0 && order(b, c) <= 0) expect(order(a, c)).toBeLessThanOrEqual(0);
        if (order(a, b) === 0) expect(order(a, c)).toBe(order(b, c));
      }),
      { numRuns: 3000 },
    );
  });

  test(`${scheme.id} answers any text, and the same both ways round`, () => {
    const text = fc.oneof(version, full, anyText);
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [forth, back] = [scheme.compare(a, b), scheme.compare(b, a)];
        if (isParsed(forth)) expect(isParsed(back) && back + forth).toBe(0);
        else expect(isParsed(back) ? '' : back.unparsed).not.toBe('');
      }),
      { numRuns: 3000 },
    );
  });

  test(`${scheme.id} is transitive also where only some versions can be compared`, () => {
    const text = fc.oneof(version, full);
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const [ab, bc, ac] = [scheme.compare(a, b), scheme.compare(b, c), scheme.compare(a, c)];
        if (isParsed(ab) && isParsed(bc) && isParsed(ac) && ab <= 0 && bc <= 0) expect(ac).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });

  test(`${scheme.id} reads up to 1,000 characters and says so of more`, () => {
    for (const piece of ['9', '0', '.', '-', '~', 'a', '1.', '_p', '-a', ' ', '+', '\u0000', '=', '1.0-']) {
      const tooLong = /: it is longer than 1000 characters$/;
      const longest = scheme.compare('1.0.0', piece.repeat(1000).slice(0, 1000));
      expect(isParsed(longest) ? '' : longest.unparsed).not.toMatch(tooLong);
      const endless = scheme.compare('1.0.0', piece.repeat(100_000));
      expect(isParsed(endless) ? '' : endless.unparsed).toMatch(tooLong);
      expect(JSON.stringify(endless).length).toBeLessThan(1000);
    }
  });
}
