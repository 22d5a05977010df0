import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cataloger } from './cataloger.ts';
import { catalogers } from './catalogers.ts';
import { foldImage } from './fold.ts';
import { buildLayer, dpkgStatus, imageWith } from './testing/build-layer.ts';
import { Wants } from './wants.ts';

/** A file of each kind that a cataloger reads, whole and right. */
const fixtures: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  release: {
    'etc/os-release': 'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n',
    'etc/redhat-release': 'CentOS release 6.10 (Final)\n',
    'etc/debian_version': 'trixie/sid\n',
    'etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/v3.18/main\n',
  },
  dpkg: {
    'var/lib/dpkg/status': dpkgStatus('a 1', 'b 2-1'),
    'var/lib/dpkg/status.d/a': 'Package: a\nVersion: 1\nSource: b (2)\n',
    'var/lib/dpkg/status.d/a.md5sums': `${'0'.repeat(32)}  usr/bin/a\n`,
    'var/lib/dpkg/info/a.list': '/.\n/usr\n/usr/bin\n/usr/bin/a\n',
    'var/lib/dpkg/diversions': '/bin/x\n/bin/y\na\n',
  },
  apk: { 'lib/apk/db/installed': 'P:a\nV:1-r0\nA:x86_64\no:b\nF:bin\nR:a\n\nP:c\nV:2-r1\n' },
  npm: { 'node_modules/a/package.json': '{"name":"a","version":"1.0.0","license":"MIT"}' },
  unsupported: { 'var/lib/rpm/Packages': 'x' },
};

test('ids are distinct', () => {
  expect(new Set(catalogers.map(({ id }) => id)).size).toBe(catalogers.length);
});

for (const cataloger of catalogers) {
  const files = Object.entries(fixtures[cataloger.id] ?? {});

  test(`${cataloger.id} says what it is and what it wants`, () => {
    expect(cataloger.id).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(cataloger.version).toBeGreaterThan(0);
    expect(Number.isInteger(cataloger.version)).toBe(true);
    expect(new URL(cataloger.source).protocol).toBe('https:');
    expect(cataloger.wants.length).toBeGreaterThan(0);
    for (const want of cataloger.wants) expect(want).toMatch(/^[^/]+(?:\/[^/]+)?$/);
  });

  test(`${cataloger.id} is asked for its fixtures and reads them into facts that survive a clone and JSON`, () => {
    expect(files.length).toBeGreaterThan(0);
    for (const [path, text] of files) {
      expect(new Wants([cataloger]).of(path)).toEqual([cataloger]);
      const facts = cataloger.read(layerFile(path, Buffer.from(text)));
      expect(facts).not.toBeNull();
      expect(structuredClone(facts)).toEqual(facts);
      expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
    }
  });

  test(`${cataloger.id} never throws, whatever a file holds, neither reading nor resolving`, () => {
    const damaged = fc.tuple(fc.constantFrom(...files), fc.array(mutation, { maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(damaged, { minLength: 1, maxLength: 3 }), (list) => {
        const items = list.map(([[path, text], mutations]) => ({
          path,
          bytes: mutations.reduce(mutate, Buffer.from(text)),
        }));
        foldImage([buildLayer(items)], imageWith([]));
      }),
      { seed: 20240607, numRuns: 3000, interruptAfterTimeLimit: 1000 },
    );
  });
}

type Mutation = { readonly at: number; readonly drop: number; readonly insert: Uint8Array };
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(20),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc
      .constantFrom('\n\n', '\r\n', ': ', '\0', '\u2028', '(', '"', '{', '/', '..', 'x'.repeat(3000))
      .map((text) => Buffer.from(text)),
  ),
});

function mutate(bytes: Buffer, { at, drop, insert }: Mutation): Buffer {
  const start = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + drop)]);
}

function layerFile(path: string, bytes: Uint8Array): Parameters<Cataloger['read']>[0] {
  return { path, bytes, text: () => new TextDecoder().decode(bytes) };
}
