import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayBeFor, mayName } from './prefilter.ts';

const named = (name: string) => JSON.stringify({ affected: [{ package: { ecosystem: 'npm', name } }] });

test.each([
  ['the plain name', named('@a/b')],
  ['an escaped slash', named('@a/b').replace('/', '\\/')],
  ['a slash as a number', named('@a/b').replace('/', '\\u002f')],
  ['a letter as a number', named('@a/b').replace('b"', '\\u0062"')],
  ['the key with an escape', named('@a/b').replace('"name"', '"n\\u0061me"')],
  ['spaces', named('@a/b').replace('"name":', '"name" :\n\t')],
  ['a name after another one', `[${named('other')},${named('@a/b')}]`],
  ['no name at all, for the parser to judge', '{"id":1}'],
  ['no JSON at all, for the parser to refuse', '\u0000\u0001'],
])('lets through %s', (_, text) => {
  expect(mayName(text, (name) => name === '@a/b')).toBe(true);
});

test('keeps back what names other packages only', () => {
  expect(mayName(named('left'), (name) => name === 'right')).toBe(false);
  expect(
    mayName(JSON.stringify({ name: 'left', details: 'the "name": "right" is not a key' }), (name) => name === 'right'),
  ).toBe(false);
});

test('never misses a name, however the JSON is written', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, fc.boolean(), (name, details, pretty) => {
      const json = JSON.stringify(
        { details, affected: [{ package: { name } }], more: `"name":"${details}"` },
        null,
        pretty ? 2 : 0,
      );
      expect(mayName(json, (asked) => asked === name)).toBe(true);
      const escaped = json.replace(
        /[^\x20-\x7e\n]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      expect(mayName(escaped, (asked) => asked === name)).toBe(true);
    }),
  );
});

test('a value of megabytes is read like any other', () => {
  const text = JSON.stringify({ first: { name: 'x"\\'.repeat(4_000_000) }, second: { name: 'tar' } });
  expect(mayName(text, (name) => name === 'tar')).toBe(true);
  expect(mayName(text.slice(0, 12_000_000), (name) => name === 'tar')).toBe(true); // Cut off: for the parser to refuse.
});

const recordFor = (ecosystem: string) => JSON.stringify({ affected: [{ package: { name: 'a', ecosystem } }] });

test.each([
  ['the plain text', recordFor('Debian:12'), true],
  ['an escaped colon', recordFor('Debian:12').replace(':12', '\\u003a12'), true],
  ['the key with an escape', recordFor('Debian:12').replace('"ecosystem"', '"\\u0065cosystem"'), true],
  ['the key with another escape', recordFor('Debian:12').replace('"ecosystem"', '"ecos\\u0079stem"'), true],
  ['spaces', recordFor('Debian:12').replace('"ecosystem":', '"ecosystem"\n :\t'), true],
  ['another release', recordFor('Debian:1'), false],
  ['none', '{"id":1}', false],
  ['no JSON', '"ecosystem": "Debian:12', false],
  ['the words in a text', JSON.stringify({ details: '"ecosystem":"Debian:12"' }), false],
])('whether it may be for an ecosystem: %s', (_, text, expected) => {
  expect(mayBeFor(text, (ecosystem) => ecosystem === 'Debian:12')).toBe(expected);
});
