import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprintOf, isCurrent, readRecord, recordsIn } from './archive.ts';
import { openFile } from './random-access-file.ts';
import { zipOf } from './testing/zip.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(files: Readonly<Record<string, string>>, damaged: readonly string[] = []) {
  const path = join(folder, 'all.zip');
  writeFileSync(path, zipOf(files, damaged));
  return openFile(path);
}

const record = (id: string, more: object = {}) => JSON.stringify({ id, modified: '2024-01-01T00:00:00Z', ...more });
const entry = (ecosystem: string) => ({ package: { ecosystem, name: 'a' } });

test('a record is read for the ecosystem of its archive; one that cannot be read says why', async () => {
  const affected = [entry('npm'), entry('Debian:12'), entry('npm')];
  const archive = open(
    { 'a.json': record('A-1', { affected }), 'b.json': '{', 'c.json': '[]', 'd.json': record('D'), x: '' },
    ['d.json'],
  );
  const told: unknown[] = [];
  for (const one of await recordsIn('npm', archive)) {
    const reading = await readRecord('npm', archive, one);
    told.push('refused' in reading ? reading.refused : reading.advisory.affected.map(({ ecosystem }) => ecosystem));
  }
  archive.close();
  expect(told).toEqual([
    ['npm', 'npm'],
    'not JSON',
    'not an object',
    'entry "d.json" is damaged: its checksum differs',
  ]);
});

test('a fingerprint tells one text from another, and how it was read', async () => {
  const archive = open({ 'a.json': record('A-1'), 'b.json': record('A-1'), 'c.json': record('A-2') });
  const [a, b, c] = [...(await recordsIn('npm', archive))].map(fingerprintOf);
  archive.close();
  expect(a).toBe(b);
  expect(a).not.toBe(c);
  expect(isCurrent(a ?? '')).toBe(true);
  expect(isCurrent(`0${a}`)).toBe(false);
});

test('entries are read whole, whether they lie in what was read ahead, across its end, or are larger than it', async () => {
  const noise = (length: number, seed: number) =>
    Array.from({ length }, (_, n) => String.fromCharCode(48 + ((n * seed * 7919) % 75))).join('');
  const sizes = [10, 300_000, 5, 100_000, 200_000, 90_000, 1];
  const files = Object.fromEntries(
    sizes.map((size, n) => [`${n}.json`, record(`A-${n}`, { details: noise(size, n + 1) })]),
  );
  const archive = open(files);
  const entries = [...(await recordsIn('npm', archive))];
  for (const order of [entries, entries.toReversed()]) {
    for (const one of order) {
      const reading = await readRecord('npm', archive, one);
      expect('advisory' in reading ? reading.advisory.id : reading.refused).toBe(`A-${one.name.replace('.json', '')}`);
    }
  }
  archive.close();
});
