import { expect, test } from 'vitest';
import type { Bucket } from './bucket.ts';
import { isAfter, readModified } from './modified.ts';

/** A bucket of lists alone, handed out in pieces of a few bytes. */
function bucketOf(lists: Readonly<Record<string, string>>): Bucket {
  return {
    place: 'test',
    isRemote: true,
    ecosystems: async () => null,
    archive: async () => null,
    record: async () => null,
    confirm: async () => {},
    async modified(ecosystem) {
      const text = lists[ecosystem ?? 'all'];
      if (text === undefined) return null;
      return (async function* () {
        for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7));
      })();
    },
  };
}

const npm =
  '2024-01-01T00:00:00Z,GHSA-a\r\nno row\nnever,GHSA-x\n2024-03-01T00:00:00.5Z,GHSA-b\n2024-02-01T00:00:00Z,GHSA-c\n';

test('a list is read whatever its pieces; rows that are none are passed over', async () => {
  const list = await readModified(bucketOf({ npm }), 'npm');
  expect([...(list?.records ?? [])]).toEqual([
    ['GHSA-a', '2024-01-01T00:00:00Z'],
    ['GHSA-b', '2024-03-01T00:00:00.5Z'],
    ['GHSA-c', '2024-02-01T00:00:00Z'],
  ]);
  expect(list).toMatchObject({ newest: '2024-03-01T00:00:00Z', whole: true });
});

test('an ecosystem without a list of its own has its rows in the list of all', async () => {
  const all =
    '2024-01-01T00:00:00Z,Go/GO-1\n2025-01-01T00:00:00+01:00,Debian/DSA-1\n2023-01-01T00:00:00Z,Debian/DSA-2\n';
  const list = await readModified(bucketOf({ all }), 'Debian');
  expect([...(list?.records.keys() ?? [])]).toEqual(['DSA-1', 'DSA-2']);
  expect(list?.newest).toBe('2024-12-31T23:00:00Z');
  expect(await readModified(bucketOf({}), 'Debian')).toBeNull();
});

test('a list whose last row does not end is not whole', async () => {
  expect((await readModified(bucketOf({ npm: npm.slice(0, -1) }), 'npm'))?.whole).toBe(false);
});

test.each<[string, string | null, boolean]>([
  ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z', false],
  ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00Z', false],
  ['2024-01-01T00:00:00.1Z', '2024-01-01T00:00:00.09Z', true],
  ['2024-01-01T00:00:00.123456789Z', '2024-01-01T00:00:00.123456788Z', true],
  ['2024-01-01T00:00:00+01:00', '2023-12-31T23:30:00Z', false],
  ['2024-01-01T00:00:00Z', null, true],
  ['2024-01-01T00:00:00Z', 'yesterday', true],
  ['yesterday', '2024-01-01T00:00:00Z', false],
])('that %s is after %s is %s', (a, b, expected) => {
  expect(isAfter(a, b)).toBe(expected);
});
