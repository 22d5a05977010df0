import { expect, test } from 'vitest';
import { apk } from './apk.ts';

test.each([
  ['1.2_alpha', '1.2_beta', '1.2_pre', '1.2_rc', '1.2', '1.2_cvs', '1.2_svn', '1.2_git', '1.2_hg', '1.2_p'],
  ['1', '1-r0', '1~ab', '1_p', '1a', '1.0'],
  ['1.0', '1.00', '1.001', '1.010', '1.09', '1.1', '1.9', '1.10'],
  ['9.9-r9', '010.0-r0', '11'],
  ['6.6.2p1-r0', '6.6.2p1-r1', '6.6.2p2-r0', '6.6.2p10-r0', '6.6.3_rc1-r0'],
  ['4.8.0.-r0', '4.8.0.-r1', '4.8.0-r0', '4.8.0-r1'],
])('from %s on each is before the next', (...versions) => {
  for (const [at, version] of versions.entries()) {
    for (const later of versions.slice(at + 1))
      expect(`${version} ${apk.compare(version, later)} ${later}`).toContain(' -1 ');
  }
});

test('a difference before the place where a version stops being one decides', () => {
  expect(apk.compare('57-1-r2', '58-r0')).toBe(-1);
  expect(apk.compare('2021-03-27-r5', '2021-04-01-r0')).not.toBe(0);
});

test('what cannot be read is older than what can', () => {
  for (const other of ['1.0', '1.0-r0', '1.0_p1', '1.0a', '1.0.0']) expect(apk.compare('1.0_foo', other)).toBe(-1);
  expect(apk.compare('1.0_foo', '1.0_rc9')).toBe(1);
});

test('versions that stop at the same place cannot be compared, though apk calls them equal', () => {
  expect(apk.compare('57-1-r2', '57-1-r3')).toEqual({
    unparsed: '"57-1-r2" and "57-1-r3" are the same up to "-1-r2", which is not of apk',
  });
});

test('without a number nothing is read', () => {
  for (const text of ['', '-r1', '_p1', '~ab', 'Latest', 'latest', ' 1', '.']) {
    if (text === '.') expect(apk.compare(text, '0')).toBe(-1);
    else
      expect(apk.compare(text, '1')).toEqual({
        unparsed: `${JSON.stringify(text)} is not of apk: it does not begin with a number`,
      });
  }
});
