import { expect, test } from 'vitest';
import { backoffMs, isRetryableStatus, parseRetryAfter } from './retry.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['-5', null],
  ['1.5', null],
  ['soon', null],
  ['', null],
  [null, null],
])('Retry-After %j asks for %j ms', (value, expected) => {
  expect(parseRetryAfter(value, now)).toBe(expected);
});

test('waits double up to the cap and keep half of it at least', () => {
  const retry = { attempts: 9, baseMs: 100, capMs: 1000 };
  expect([1, 2, 3, 4, 5, 60].map((n) => backoffMs(n, retry, 1))).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect([1, 5].map((n) => backoffMs(n, retry, 0))).toEqual([50, 500]);
});

test('only statuses that may pass are tried again', () => {
  expect([200, 301, 401, 403, 404, 408, 429, 500, 501, 502, 503, 504].filter(isRetryableStatus)).toEqual([
    408, 429, 500, 502, 503, 504,
  ]);
});
