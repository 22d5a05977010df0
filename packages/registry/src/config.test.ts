import { digestOf } from '@soupcon/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

const [first, second] = [digestOf('1'), digestOf('2')];
const parse = (body: unknown, layers = 2) =>
  parseConfig(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), layers, 'x');
const codes = (reading: ReturnType<typeof parse>) => reading.problems.map(({ message }) => message);
const whole = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [first, second] } };

test('a whole configuration is read without a problem', () => {
  const body = {
    ...whole,
    variant: 'v2',
    created: '2024-03-01T10:00:00.123456789+02:00',
    config: { User: '1000', Env: ['A=b'], Labels: { a: 'b' } },
    history: [
      { created_by: 'RUN x', created: '2024', comment: 'c' },
      { empty_layer: true, author: 'z' },
    ],
  };
  expect(parse(body)).toEqual({
    config: {
      platform: { os: 'linux', architecture: 'amd64', variant: 'v2' },
      created: '2024-03-01T10:00:00.123456789+02:00',
      diffIds: [first, second],
      history: [
        { createdBy: 'RUN x', created: '2024', comment: 'c', emptyLayer: false },
        { createdBy: null, created: null, comment: null, emptyLayer: true },
      ],
      user: '1000',
      env: ['A=b'],
      labels: { a: 'b' },
    },
    problems: [],
  });
});

test('null is absent everywhere', () => {
  const nulls = { created: null, variant: null, history: null, config: { User: null, Env: null, Labels: null } };
  expect(parse({ ...whole, ...nulls }).problems).toEqual([]);
  expect(parse({ ...whole, config: null }).problems).toEqual([]);
});

test.each([
  [{ created: 7 }, 'created'],
  [{ created: 'yesterday' }, 'created'],
  [{ created: '2024-13-99T00:00:00Z' }, 'created'],
  [{ config: 'x' }, 'config'],
  [{ config: { User: 7 } }, 'config.User'],
  [{ config: { Env: 'A=b' } }, 'config.Env'],
  [{ config: { Env: ['A=b', 7] } }, 'config.Env'],
  [{ config: { Labels: ['a'] } }, 'config.Labels'],
  [{ config: { Labels: { a: 7 } } }, 'config.Labels'],
  [{ history: {} }, 'history'],
  [{ history: [{ created_by: 'a' }, 'b'] }, 'history'],
  [{ variant: 7 }, 'variant'],
])('%j is a problem of the field %s and nothing else', (wrong, field) => {
  const reading = parse({ ...whole, ...wrong });
  expect(codes(reading)).toEqual([`A field of the image configuration is invalid and was ignored: ${field}`]);
  expect(reading.config.diffIds).toEqual([first, second]);
});

test.each([
  [{ rootfs: { diff_ids: [first] } }, '1 instead of 2'],
  [{ rootfs: { diff_ids: null } }, '0 instead of 2'],
  [{ rootfs: null }, '0 instead of 2'],
  [{ rootfs: { diff_ids: [first, 'sha256:x'] } }, 'rootfs.diff_ids[1] is not a digest'],
  [{ rootfs: { diff_ids: [first, null] } }, 'rootfs.diff_ids[1] is not a digest'],
])('%j leaves no diffID to rely on', (wrong, more) => {
  const reading = parse({ ...whole, ...wrong });
  expect(reading.problems.map(({ code }) => code)).toEqual(['diff_ids_mismatch']);
  expect(codes(reading)[0]).toContain(more);
  expect(reading.config.diffIds).toBeNull();
});

test('a platform that is missing or no word is a problem', () => {
  for (const wrong of [{ os: undefined }, { architecture: '' }, { os: '../x' }]) {
    const reading = parse({ ...whole, ...wrong });
    expect(reading.config.platform).toBeNull();
    expect(reading.problems.map(({ code }) => code)).toEqual(['platform_unknown']);
  }
});

test.each(['', '[]', '"x"', 'null', '{', '\u0000', '{"a":1}x'])('%j is not a configuration', (text) => {
  expect(() => parse(text)).toThrow('The image configuration is malformed: x: it is not a JSON object');
});

test('a label __proto__ is a label like any other', () => {
  const { config } = parse(
    `{"os":"linux","architecture":"amd64","config":{"Labels":{"__proto__":"x"}},"rootfs":{"diff_ids":[]}}`,
    0,
  );
  expect(Object.getPrototypeOf(config.labels)).toBe(Object.prototype);
  expect(Object.entries(config.labels)).toEqual([['__proto__', 'x']]);
});

test('no JSON object makes the parser fail', () => {
  const keys = ['created', 'os', 'architecture', 'rootfs', 'history', 'config'];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), fc.nat(3), (body, layers) => {
      const { config } = parse(body, layers);
      expect(config.diffIds === null || config.diffIds.length === layers).toBe(true);
    }),
  );
});
