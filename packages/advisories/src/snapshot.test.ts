import { expect, test } from 'vitest';
import type { Bucket } from './bucket.ts';
import { newestModified, normaliseInstant } from './snapshot.ts';

test.each([
  ['2024-05-06T07:08:09.987654Z', '2024-05-06T07:08:09Z'],
  ['2024-05-06T07:08:09+02:00', '2024-05-06T05:08:09Z'],
  ['2024-05-06 07:08:09z', '2024-05-06T07:08:09Z'],
  ['2024-13-06T07:08:09Z', null],
  ['yesterday', null],
  ['', null],
])('%j is the instant %j', (text, instant) => {
  expect(normaliseInstant(text)).toBe(instant);
});

function bucketOf(files: Readonly<Record<string, string>>): Bucket {
  return {
    place: 'test',
    isRemote: false,
    ecosystems: async () => null,
    record: async () => null,
    archive: async () => null,
    async modified(ecosystem) {
      const text = files[ecosystem ?? 'all'];
      if (text === undefined) return null;
      const halves = [text.slice(0, 25), text.slice(25)].map((half) => Buffer.from(half));
      return (async function* () {
        yield* halves;
      })();
    },
    confirm: async () => {},
  };
}

const lists = {
  npm: '2024-01-01T00:00:00Z,GHSA-a\r\nno row\n2024-03-01T00:00:00.5Z,GHSA-b\n2024-02-01T00:00:00Z,GHSA-c\n',
  all: '2026-01-01T00:00:00Z,Go/GO-1\n2025-01-01T00:00:00Z,Debian/DSA-1\n2024-03-01T00:00:00Z,npm/GHSA-b',
};

test.each([
  ['its own list', ['npm'], '2024-03-01T00:00:00Z'],
  ['its rows in the list of all', ['Debian'], '2025-01-01T00:00:00Z'],
  ['both', ['Debian', 'npm'], '2025-01-01T00:00:00Z'],
  ['everything when nothing was read', [], '2026-01-01T00:00:00Z'],
  ['no list', ['Alpine'], null],
])('the newest change comes from %s', async (_, ecosystems, newest) => {
  expect(await newestModified(bucketOf(lists), ecosystems)).toBe(newest);
});
