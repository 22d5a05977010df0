import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@soupcon/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fetcher } from './bucket.ts';
import { loadAdvisories } from './load.ts';
import { zipOf } from './testing/zip.ts';

const range = { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2-1' }] };
function record(id: string, names: readonly string[], modified = '2024-01-02T03:04:05Z'): string {
  const affected = names.map((name) => ({ package: { ecosystem: 'Debian:12', name }, ranges: [range] }));
  return JSON.stringify({ id, modified, affected });
}

const debian = zipOf(
  {
    'DSA-2.json': record('DSA-2', ['tar', 'other']),
    'DSA-1.json': record('DSA-1', ['tar', 'tar']),
    'DSA-3.json': record('DSA-3', ['other']),
    'bad.json': '{"name": "tar"',
    'empty.json': '',
    'noid.json': '\uFEFF{"name": "tar"}',
    'damaged.json': record('DSA-4', ['tar']),
    'README.txt': 'no record',
  },
  ['damaged.json'],
);
const csv = '2024-06-01T00:00:00.123Z,DSA-2\n2023-01-01T00:00:00Z,DSA-1\n';

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'bucket-test-'));
  mkdirSync(join(place, 'Debian'));
  writeFileSync(join(place, 'Debian', 'all.zip'), debian);
  writeFileSync(join(place, 'Debian', 'modified_id.csv'), csv);
  mkdirSync(join(place, 'Broken'));
  writeFileSync(join(place, 'Broken', 'all.zip'), 'no zip');
  symlinkSync('Loop', join(place, 'Loop'));
});
afterAll(() => rmSync(place, { recursive: true }));

const wanted = new Map([
  ['Debian', new Set(['tar'])],
  ['Wolfi', new Set(['tar'])],
]);

const expectedReport = {
  read: 7,
  kept: 2,
  refused: {
    count: 4,
    examples: [
      { id: 'bad', reason: 'not JSON' },
      { id: 'empty', reason: 'not JSON' },
      { id: 'noid', reason: 'it has no id' },
      { id: 'damaged', reason: 'entry "damaged.json" is damaged: its checksum differs' },
    ],
  },
  missing: ['Wolfi'],
};

test('keeps what concerns the packages asked for, counts what it cannot read, says what is not there', async () => {
  const { index, report } = await loadAdvisories(place, wanted);
  expect(report).toEqual(expectedReport);
  const hits = index.lookup('Debian', 'tar');
  expect(hits.map(({ advisory, affected }) => `${advisory.id} ${affected.name}`)).toEqual([
    'DSA-1 tar',
    'DSA-1 tar',
    'DSA-2 tar',
  ]);
  expect(hits[2]?.advisory.affected).toHaveLength(1);
  expect(index.lookup('Debian', 'other')).toEqual([]);
  expect([...index.ecosystems('Debian')]).toEqual(['Debian:12']);
  expect([...index.ecosystems('Wolfi')]).toEqual([]);
  expect(index.snapshot).toEqual({ snapshot: '2024-06-01T00:00:00Z', records: 7 });
});

test('says for which ecosystems it has entries, whether or not of a package asked for', async () => {
  const affecting = (ecosystem: string, name = 'other') => ({ package: { ecosystem, name }, ranges: [range] });
  const text = (id: string, ...affected: unknown[]) =>
    JSON.stringify({ id, modified: '2024-01-02T03:04:05Z', affected });
  const files = {
    'A-1.json': text('A-1', affecting('Alpine:v3.9'), affecting('Alpine:v3.10'), affecting('Debian:12')),
    'A-2.json': text('A-2', affecting('Alpine:v3.11')).replace(':v3', '\\u003av3'),
    'A-3.json': text('A-3', affecting('Alpine:v3.12')).replace('ecosystem', 'ecos\\u0079stem'),
    'A-4.json': text('A-4', { database_specific: { ecosystem: 'Alpine:v3.13' } }),
    'A-5.json': text('A-5', { package: { ecosystem: 'Alpine:v3.14' } }),
    'A-6.json': `${text('A-6', affecting('Alpine:v3.15'))}?`,
    'A-7.json': JSON.stringify({ affected: [affecting('Alpine:v3.16')] }),
  };
  mkdirSync(join(place, 'Alpine'), { recursive: true });
  for (const some of [files, Object.fromEntries(Object.entries(files).reverse())]) {
    writeFileSync(join(place, 'Alpine', 'all.zip'), zipOf(some));
    const { index, report } = await loadAdvisories(place, new Map([['Alpine', new Set(['busybox'])]]));
    expect([...index.ecosystems('Alpine')]).toEqual(['Alpine:v3.10', 'Alpine:v3.11', 'Alpine:v3.12', 'Alpine:v3.9']);
    expect([...index.ecosystems('Debian')]).toEqual([]);
    expect(report).toMatchObject({ kept: 0, refused: { count: 0 } });
  }
});

test('two records of one id are in the order of their change, whatever the order in the archive', async () => {
  const files = {
    'a.json': record('DSA-1', ['tar'], '2024-02-01T00:00:00Z'),
    'b.json': record('DSA-1', ['tar'], '2024-01-01T00:00:00Z'),
    'c.json': record('DSA-1', ['tar', 'tar'], '2024-01-01T00:00:00Z'),
  };
  mkdirSync(join(place, 'Twice', 'Debian'), { recursive: true });
  const orders: string[] = [];
  for (const some of [files, Object.fromEntries(Object.entries(files).reverse())]) {
    writeFileSync(join(place, 'Twice', 'Debian', 'all.zip'), zipOf(some));
    const { index } = await loadAdvisories(join(place, 'Twice'), new Map([['Debian', new Set(['tar'])]]));
    orders.push(JSON.stringify(index.lookup('Debian', 'tar')));
  }
  expect(orders[1]).toBe(orders[0]);
});

test('with nothing asked for the place is still checked', async () => {
  const { index } = await loadAdvisories(place, new Map());
  expect(index.snapshot).toEqual({ snapshot: '1970-01-01T00:00:00Z', records: 0 });
});

test.each([
  ['does not exist', () => join(place, 'nowhere'), wanted],
  ['is not a directory', () => join(place, 'Debian', 'all.zip'), wanted],
  ['has no <Ecosystem>/all.zip', () => join(place, 'Debian'), wanted],
  ['Broken/all.zip: Not a zip', () => place, new Map([['Broken', new Set(['a'])]])],
  ['is not the name of an ecosystem', () => place, new Map([['../Debian', new Set(['a'])]])],
  ['cannot be read (ELOOP)', () => place, new Map([['Loop', new Set(['a'])]])],
  ['there is no network here', () => 'https://advisories.example/', wanted],
])('a place that %s is refused in words', async (words, where, names) => {
  const error = await loadAdvisories(where(), names).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'advisories_unavailable', message: expect.stringContaining(words) });
});

test('an aborted load stops', async () => {
  const names = Object.fromEntries(Array.from({ length: 5000 }, (_, k) => [`D-${k}.json`, record(`D-${k}`, ['tar'])]));
  mkdirSync(join(place, 'Many'));
  writeFileSync(join(place, 'Many', 'all.zip'), zipOf(names));
  const many = new Map([['Many', new Set(['tar'])]]);
  await expect(loadAdvisories(place, many, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
});

function serving(files: Readonly<Record<string, Uint8Array | number>>): Fetcher & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async request({ url }) {
      const { pathname, search } = new URL(url);
      asked.push(pathname + search);
      const file = files[pathname] ?? 404;
      async function* body() {
        if (typeof file !== 'number') for (let at = 0; at < file.length; at += 100) yield file.subarray(at, at + 100);
      }
      return { status: typeof file === 'number' ? file : 200, body: body(), discard: async () => {} };
    },
  };
}

const spools = () => readdirSync(tmpdir()).filter((name) => name.startsWith('soupcon-'));

test('a URL gives the same as a directory and leaves no file behind', async () => {
  const before = spools();
  const net = serving({ '/osv/Debian/all.zip': debian, '/osv/Debian/modified_id.csv': Buffer.from(csv) });
  const { index, report } = await loadAdvisories('https://user:secret@advisories.example/osv/?key=1', wanted, { net });
  expect(report).toEqual(expectedReport);
  expect(index).toMatchObject({ snapshot: { snapshot: '2024-06-01T00:00:00Z' } });
  expect(net.asked).toContain('/osv/Debian/all.zip?key=1');
  expect(spools()).toEqual(before);
});

test('a name with a space is encoded in the URL', async () => {
  const net = serving({ '/ecosystems.txt': Buffer.from('Red Hat\n') });
  const { report } = await loadAdvisories('https://advisories.example', new Map([['Red Hat', new Set(['a'])]]), {
    net,
  });
  expect(report.missing).toEqual(['Red Hat']);
  expect(net.asked[0]).toBe('/Red%20Hat/all.zip');
});

test.each([
  ['nothing that tells of a bucket', serving({}), 'has neither'],
  ['an error', serving({ '/osv/Debian/all.zip': 503 }), 'answered 503'],
])('a URL with %s is refused in words, without its credentials', async (_, net, words) => {
  const error = await loadAdvisories('https://user:secret@advisories.example/osv/', wanted, { net }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ code: 'advisories_unavailable', message: expect.stringContaining(words) });
  expect(String(error)).not.toContain('secret');
});

test('a failure of the network is told as advisories that cannot be read, a stop as a stop', async () => {
  const failing = (code: 'request_failed' | 'aborted'): Fetcher => ({
    request: () => Promise.reject(new AppError(code, { subject: 'GET x' })),
  });
  const load = (net: Fetcher) => loadAdvisories('https://advisories.example', wanted, { net });
  await expect(load(failing('request_failed'))).rejects.toMatchObject({ code: 'advisories_unavailable' });
  await expect(load(failing('aborted'))).rejects.toMatchObject({ code: 'aborted' });
});
