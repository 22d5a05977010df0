import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

const read = (...values: string[]) =>
  parseChallenges(values).map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);

test('a scope with commas and an unusual case is read whole', () => {
  expect(read('BEARER Realm="https://auth.test/token", service="r.test",scope="repository:a/b:pull,push"')).toEqual([
    ['bearer', { realm: 'https://auth.test/token', service: 'r.test', scope: 'repository:a/b:pull,push' }],
  ]);
});

test('several challenges in one header and in several are told apart', () => {
  expect(read('Negotiate, Basic realm="a, b", charset=UTF-8, Bearer realm="c"', 'Digest')).toEqual([
    ['negotiate', {}],
    ['basic', { realm: 'a, b', charset: 'UTF-8' }],
    ['bearer', { realm: 'c' }],
    ['digest', {}],
  ]);
});

test('escaped quotes, blanks round the equals sign and unquoted values are taken', () => {
  expect(read('Bearer realm = "a\\"b\\\\c" , service=x.test:5000/y')).toEqual([
    ['bearer', { realm: 'a"b\\c', service: 'x.test:5000/y' }],
  ]);
});

test('a token68 belongs to its scheme and is passed over', () => {
  expect(read('NTLM TlRMTVNTUAAC==, Basic realm="x"')).toEqual([
    ['ntlm', {}],
    ['basic', { realm: 'x' }],
  ]);
});

test('of a repeated parameter the first counts', () => {
  expect(read('Bearer realm="https://a", realm="https://evil"')).toEqual([['bearer', { realm: 'https://a' }]]);
});

test('a key like __proto__ is a parameter like any other', () => {
  expect(parseChallenges(['Bearer __proto__="x"'])[0]?.params.get('__proto__')).toBe('x');
});

test('any text is read without failing, in little time', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseChallenges([text, `Bearer ${text}`])));
  parseChallenges(['Bearer a="'.repeat(2000), `Bearer a="${'\\'.repeat(20_000)}`]);
});
