import { expect, test } from 'vitest';
import { endOfLife } from './end-of-life.ts';

const nothing = { idLike: [], versionCodename: null, prettyName: null, cpeName: null, variantId: null, buildId: null };

test.each([
  ['debian', '12', null, '2028-06-30'],
  ['debian', '12.5', null, '2028-06-30'],
  ['debian', null, null, null],
  ['ubuntu', '22.04', null, '2027-04-01'],
  ['alpine', '3.18.12', null, '2025-05-09'],
  ['alpine', '3.21_alpha20240807', null, null],
  ['rhel', '8.10', null, '2029-05-31'],
  ['centos', '8', 'CentOS Linux', '2021-12-31'],
  ['centos', '8', 'CentOS Stream', '2024-05-31'],
  ['amzn', '2', null, '2026-06-30'],
  ['debian', '99', null, null],
  ['constructor', 'name', null, null],
  ['debian', '__proto__', null, null],
])('%s %s (%s) ends on %s', (id, versionId, name, expected) => {
  expect(endOfLife({ ...nothing, id, versionId, name, supportEnd: null })).toBe(expected);
});

test('the day that the image says goes before the table', () => {
  expect(endOfLife({ ...nothing, id: 'fedora', versionId: '40', name: null, supportEnd: '2030-01-01' })).toBe(
    '2030-01-01',
  );
});
