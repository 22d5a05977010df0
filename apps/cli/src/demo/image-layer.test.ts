import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { digestOf } from '@soupcon/model';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LayerEntry, whiteout, writeLayer } from './image-layer.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'soupcon-layer-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Name, kind, mode, link and content of each entry. */
async function entriesOf(tar: Uint8Array) {
  const entries: unknown[] = [];
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const { name, type, mode, linkname } = entry.header;
    entries.push([name, type, mode, linkname, digestOf(Buffer.concat(chunks))]);
  }
  return entries;
}

test('a layer has its entries, and both its digests are those of its bytes', async () => {
  const from = join(directory, 'program');
  const content = Buffer.alloc(3_000_000, 'abc');
  writeFileSync(from, content);
  const entries: LayerEntry[] = [
    { kind: 'link', path: 'etc/os-release', target: '../usr/lib/os-release' },
    { kind: 'bytes', path: `${'long/'.repeat(60)}name`, bytes: Buffer.from('text') },
    { kind: 'file', path: 'bin/program', from, size: content.length, mode: 0o755 },
    { kind: 'file', path: 'empty', from, size: 0 },
    whiteout('app/node_modules/gone'),
    whiteout('top'),
  ];
  const layer = await writeLayer(entries, join(directory, 'layer.tar.gz'));
  const stored = readFileSync(layer.path);
  const tar = gunzipSync(stored);
  expect([layer.digest, layer.diffId, layer.size]).toEqual([digestOf(stored), digestOf(tar), stored.length]);
  const none = digestOf(new Uint8Array(0));
  expect(await entriesOf(tar)).toEqual([
    ['etc/os-release', 'symlink', 0o644, '../usr/lib/os-release', none],
    [`${'long/'.repeat(60)}name`, 'file', 0o644, null, digestOf(Buffer.from('text'))],
    ['bin/program', 'file', 0o755, null, digestOf(content)],
    ['empty', 'file', 0o644, null, none],
    ['app/node_modules/.wh.gone', 'file', 0o644, null, none],
    ['.wh.top', 'file', 0o644, null, none],
  ]);
  expect(await writeLayer(entries, join(directory, 'again.tar.gz'))).toMatchObject({ digest: layer.digest });
});

test.each([
  ['a file that is gone', { kind: 'file', path: 'a', from: '/nowhere/at/all', size: 5 } as const, 'layer.tar.gz'],
  [
    'a place that cannot be written',
    { kind: 'bytes', path: 'a', bytes: Buffer.alloc(5e6) } as const,
    'none/layer.tar.gz',
  ],
])('%s ends the layer', async (_, entry, to) => {
  await expect(writeLayer([entry, entry], join(directory, to))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a file that became shorter is not padded', async () => {
  const from = join(directory, 'short');
  writeFileSync(from, 'abc');
  const entry = { kind: 'file', path: 'a', from, size: 10 } as const;
  await expect(writeLayer([entry], join(directory, 'short.tar.gz'))).rejects.toThrow(/size/i);
});
