import { parsePlatform } from '@soupcon/model';
import { expect, test } from 'vitest';
import { choosePlatform } from './platform-choice.ts';

test.each([
  ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
  ['linux/amd64', ['windows/amd64', 'linux/arm64'], null],
  ['linux/amd64', ['linux/amd64/v3', 'linux/amd64', 'linux/amd64/v2'], 'linux/amd64'],
  ['linux/amd64', ['linux/amd64/v3', 'linux/amd64/v2'], 'linux/amd64/v2'],
  ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'], 'linux/amd64/v2'],
  ['linux/amd64/v1', ['linux/amd64/v2', 'linux/amd64'], 'linux/amd64'],
  ['linux/arm', ['linux/arm/v5', 'linux/arm/v7', 'linux/arm/v6'], 'linux/arm/v7'],
  ['linux/arm', ['linux/arm', 'linux/arm/v6'], 'linux/arm/v6'],
  ['linux/arm', ['linux/arm'], 'linux/arm'],
  ['linux/arm/v6', ['linux/arm/v5', 'linux/arm/v7'], 'linux/arm/v5'],
  ['linux/arm/v6', ['linux/arm/v7'], null],
  ['linux/arm/v7', ['linux/arm', 'linux/arm/v6'], 'linux/arm/v6'],
  ['linux/arm/v7', ['linux/arm'], 'linux/arm'],
  ['linux/arm64', ['linux/arm64/v9', 'linux/arm64/v8'], 'linux/arm64/v8'],
  ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
  ['linux/arm64/v9', ['linux/arm64/v8'], 'linux/arm64/v8'],
  ['linux/riscv64', [], null],
])('for %s of %j it is %s', (wanted, offered, expected) => {
  const at = choosePlatform(offered.map(parsePlatform), parsePlatform(wanted));
  expect(at === null ? null : offered[at]).toBe(expected);
});

test('of equals the first wins', () => {
  expect(choosePlatform(['linux/amd64', 'linux/amd64'].map(parsePlatform), parsePlatform('linux/amd64'))).toBe(0);
});
