import { expect, test } from 'vitest';
import { npm } from './npm.ts';
import { semver } from './semver.ts';

test('the order of the specification', () => {
  const versions = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11'];
  const all = [...versions, '1.0.0-rc.1', '1.0.0', '2.0.0', '2.1.0', '2.1.1'];
  for (const scheme of [semver, npm]) {
    for (const [at, version] of all.entries()) {
      for (const later of all.slice(at + 1)) expect(scheme.compare(version, later)).toBe(-1);
    }
  }
});

test('bounds that ranges of type SEMVER have are read: v, two numbers or one, leading zeros', () => {
  expect(semver.compare('v1.5', '1.5.0')).toBe(0);
  expect(semver.compare('2.10-rc2', '2.10.0')).toBe(-1);
  expect(semver.compare('18.09.8', '18.9.8')).toBe(0);
  expect(semver.compare('20230606', '1.0.0')).toBe(1);
});

test('numbers have any length in semver, and are refused by npm above 2^53', () => {
  const [less, more] = ['9007199254740992.0.0', '9007199254740993.0.0'];
  expect(semver.compare(less, more)).toBe(-1);
  expect(npm.compare(less, more)).toEqual({ unparsed: expect.stringContaining(`"${less}" is not of npm: `) });
});

test("a pre-release without its hyphen is npm's alone", () => {
  expect(npm.compare('1.2.3beta', '=1.2.3-beta')).toBe(0);
  expect(semver.compare('1.2.3beta', '1.2.3')).toEqual({
    unparsed: expect.stringContaining('"1.2.3beta" is not of semver'),
  });
});
