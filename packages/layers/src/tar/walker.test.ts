import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import tarStream from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { defaultLimits, type LayerLimits } from '../limits.ts';
import { Recorder } from '../testing/recorder.ts';
import { archive, endMark, paxEntry, rawEntry, rawHeader } from '../testing/tar-maker.ts';
import { TarWalker } from './walker.ts';

function walk(
  bytes: Uint8Array,
  { step = bytes.length, limits = {} }: { step?: number; limits?: Partial<LayerLimits> } = {},
): Recorder {
  const recorder = new Recorder();
  const walker = new TarWalker(recorder, { ...defaultLimits, ...limits });
  for (let at = 0; at < bytes.length; at += step) walker.write(bytes.subarray(at, at + step));
  walker.end();
  return recorder;
}

describe('against tar-stream', () => {
  const name = fc
    .stringMatching(/^[a-zäöü漢 ._-]{1,12}$/)
    .filter((text) => !/^\.{1,2}$/.test(text) && text.trim() === text);
  const path = fc.array(name, { minLength: 1, maxLength: 40 }).map((parts) => parts.join('/'));
  const file = fc.record({ type: fc.constant('file' as const), name: path, body: fc.uint8Array({ maxLength: 2000 }) });
  const link = fc.record({ type: fc.constantFrom('symlink' as const, 'link' as const), name: path, linkname: path });
  const folder = fc.record({ type: fc.constant('directory' as const), name: path });

  test('the same entries come out, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(file, link, folder), { maxLength: 12 }),
        fc.integer({ min: 1, max: 1500 }),
        async (list, step) => {
          const pack = tarStream.pack();
          for (const entry of list) {
            if (entry.type === 'file') pack.entry({ name: entry.name }, Buffer.from(entry.body));
            else pack.entry({ ...entry, mode: 0o755 });
          }
          pack.finalize();
          const parts: Buffer[] = [];
          for await (const part of pack as AsyncIterable<Buffer>) parts.push(part);
          const bytes = Buffer.concat(parts);
          const theirs: unknown[] = [];
          const extract = tarStream.extract();
          extract.on('entry', (header, stream, next) => {
            const body: Buffer[] = [];
            stream.on('data', (piece) => body.push(piece as Buffer));
            stream.on('end', () => {
              const isLink = header.type === 'symlink' || header.type === 'link';
              const kind = header.type === 'link' ? 'hardlink' : header.type;
              theirs.push({
                path: header.name.replace(/\/$/, ''),
                kind,
                linkTarget: isLink ? header.linkname : null,
                body: header.type === 'file' ? Buffer.concat(body).toString('latin1') : null,
              });
              next();
            });
            stream.resume();
          });
          await new Promise<void>((resolve, reject) => {
            extract.on('finish', () => resolve());
            extract.on('error', reject);
            extract.end(bytes);
          });
          const recorder = walk(bytes, { step });
          expect(recorder.problems).toEqual([]);
          expect(
            recorder.entries.map(({ path: at, kind, linkTarget, body }) => ({ path: at, kind, linkTarget, body })),
          ).toEqual(theirs);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('names', () => {
  test('./x, /x and x are the same', () => {
    const recorder = walk(archive(...['./a', '/b', 'c', 'd//e/./f/', 'g/../h'].map((name) => rawEntry({ name }, 'x'))));
    expect(recorder.paths).toEqual(['a', 'b', 'c', 'd/e/f', 'h']);
  });

  test('a name that leaves the root is left out and named', () => {
    const recorder = walk(archive(rawEntry({ name: '../../etc/passwd' }, 'x'), rawEntry({ name: 'ok' }, 'y')));
    expect(recorder.paths).toEqual(['ok']);
    expect(recorder.problems).toEqual([{ code: 'path_outside_root', path: '../../etc/passwd' }]);
  });

  test('a hard link that leaves the root is left out', () => {
    const recorder = walk(archive(rawEntry({ name: 'a', type: '1', linkName: '../../etc/shadow' })));
    expect(recorder.codes).toEqual(['path_outside_root']);
  });

  test('the prefix of POSIX headers counts, the same bytes of GNU headers do not', () => {
    const posix = rawEntry({ name: 'b', prefix: 'a' });
    const gnu = rawEntry({ name: 'b', prefix: 'a', magic: 'ustar  \0' });
    expect(walk(archive(posix, gnu)).paths).toEqual(['a/b', 'b']);
  });

  test('GNU long names and long link names', () => {
    const long = `${'d/'.repeat(90)}f`;
    const recorder = walk(
      archive(
        rawEntry({ name: '././@LongLink', type: 'L' }, `${long}\0`),
        rawEntry({ name: '././@LongLink', type: 'K' }, `${long}2\0`),
        rawEntry({ name: 'short', type: '2', linkName: 'short' }),
        rawEntry({ name: 'next', type: '2', linkName: 'n' }),
      ),
    );
    expect(recorder.entries).toMatchObject([
      { path: long, linkTarget: `${long}2` },
      { path: 'next', linkTarget: 'n' },
    ]);
  });

  test('a pax name and link win over the header, global ones last until they change', () => {
    const recorder = walk(
      archive(
        paxEntry({ linkpath: 'everywhere' }, 'g'),
        paxEntry({ path: 'lang/ä' }),
        rawEntry({ name: 'x', type: '2', linkName: 'y' }),
        rawEntry({ name: 'z', type: '2', linkName: 'y' }),
      ),
    );
    expect(recorder.entries).toMatchObject([
      { path: 'lang/ä', linkTarget: 'everywhere' },
      { path: 'z', linkTarget: 'everywhere' },
    ]);
  });

  test('a NUL in a pax name is refused by name', () => {
    expect(walk(archive(paxEntry({ path: 'a\0b' }), rawEntry({ name: 'x' }))).codes).toEqual(['path_invalid']);
  });
});

describe('numbers', () => {
  test('a size in base 256', () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size[11] = 3;
    expect(walk(archive(rawEntry({ name: 'a', size }, 'abc'), rawEntry({ name: 'b' }))).entries).toMatchObject([
      { path: 'a', body: 'abc' },
      { path: 'b' },
    ]);
  });

  test.each([
    ['negative', 0xff],
    ['beyond what can be counted', 0xbf],
  ])('a size in base 256 that is %s ends the reading', (_, first) => {
    const size = Buffer.alloc(12, 0xff);
    size[0] = first;
    expect(walk(archive(rawEntry({ name: 'ok' }), rawEntry({ name: 'a', size }, 'abc'))).codes).toEqual([
      'tar_header_invalid',
    ]);
  });

  test('a pax size applies to the entry, never to a header in between', () => {
    const long = rawEntry({ name: '././@LongLink', type: 'L' }, 'name\0');
    const recorder = walk(
      archive(
        paxEntry({ size: '3' }),
        long,
        Buffer.concat([rawHeader({ name: 'x', size: 0 }), Buffer.from('abc'.padEnd(512, '\0'))]),
        rawEntry({ name: 'b' }),
      ),
    );
    expect(recorder.entries).toMatchObject([{ path: 'name', size: 3, body: 'abc' }, { path: 'b' }]);
  });

  test('a pax size of 2^62 ends the reading', () => {
    const recorder = walk(
      archive(rawEntry({ name: 'ok' }), paxEntry({ size: String(2n ** 62n) }), rawEntry({ name: 'x' })),
    );
    expect(recorder.paths).toEqual(['ok']);
    expect(recorder.codes).toEqual(['tar_header_invalid']);
  });

  test('directories and links have no content, whatever their size says', () => {
    const recorder = walk(
      archive(
        rawHeader({ name: 'd', type: '5', size: 512 }),
        rawHeader({ name: 'l', type: '1', linkName: 'x', size: 512 }),
        rawEntry({ name: 'f' }, 'f'),
      ),
    );
    expect(recorder.entries).toMatchObject([
      { path: 'd', size: 0 },
      { path: 'l', size: 0 },
      { path: 'f', body: 'f' },
    ]);
  });
});

describe('sparse files', () => {
  const number = (value: number) => `${value.toString(8).padStart(11, '0')}\0`;

  test('GNU, with a map in the header', () => {
    const header = rawEntry(
      {
        name: 's',
        type: 'S',
        magic: 'ustar  \0',
        patch: [
          [386, number(2) + number(3) + number(7) + number(1)],
          [483, number(10)],
        ],
      },
      'abcd',
    );
    expect(walk(archive(header, rawEntry({ name: 'n' }))).entries).toMatchObject([
      { path: 's', size: 10, body: '\0\0abc\0\0d\0\0' },
      { path: 'n' },
    ]);
  });

  test('GNU, with a map that goes on in further blocks', () => {
    const more = Buffer.alloc(512);
    more.write(number(8) + number(1), 0, 'latin1');
    const header = rawHeader({
      name: 's',
      type: 'S',
      size: 5,
      magic: 'ustar  \0',
      patch: [
        [386, [0, 2, 4, 6].map((at) => number(at) + number(1)).join('')],
        [482, '\x01'],
        [483, number(10)],
      ],
    });
    const body = Buffer.from('abcde'.padEnd(512, '\0'));
    expect(walk(archive(header, more, body, rawEntry({ name: 'n' }))).entries).toMatchObject([
      { body: 'a\0b\0c\0d\0e\0' },
      { path: 'n' },
    ]);
  });

  test.each([
    [
      '0.0',
      { 'GNU.sparse.size': '6', 'GNU.sparse.numblocks': '1', 'GNU.sparse.offset': '1', 'GNU.sparse.numbytes': '3' },
      'abc',
    ],
    ['0.1', { 'GNU.sparse.size': '6', 'GNU.sparse.map': '1,3' }, 'abc'],
    [
      '1.0',
      { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '6' },
      `${'1\n1\n3\n'.padEnd(512, '\0')}abc`,
    ],
  ])('pax format %s', (_, records, body) => {
    const recorder = walk(
      archive(
        paxEntry({ ...records, 'GNU.sparse.name': 's' }),
        rawEntry({ name: 'GNUSparseFile.0/s' }, body),
        rawEntry({ name: 'n' }),
      ),
      { step: 100 },
    );
    expect(recorder.problems).toEqual([]);
    expect(recorder.entries).toMatchObject([{ path: 's', size: 6, body: '\0abc\0\0' }, { path: 'n' }]);
  });

  test('a map that does not fit is a problem with the path, and the rest goes on', () => {
    const recorder = walk(
      archive(
        paxEntry({ 'GNU.sparse.size': '6', 'GNU.sparse.map': '4,9' }),
        rawEntry({ name: 's' }, 'abcdefghi'),
        rawEntry({ name: 'n' }, 'x'),
      ),
    );
    expect(recorder.problems).toEqual([{ code: 'tar_sparse_unsupported', path: 's' }]);
    expect(recorder.entries.at(-1)).toMatchObject({ path: 'n', body: 'x' });
  });
});

describe('faults', () => {
  test('a checksum that is wrong ends the reading, what came before stays', () => {
    const recorder = walk(
      archive(rawEntry({ name: 'a' }, 'x'), rawHeader({ name: 'b', checksum: 1 }), rawEntry({ name: 'c' })),
    );
    expect(recorder.paths).toEqual(['a']);
    expect(recorder.codes).toEqual(['tar_header_invalid']);
  });

  test.each(['x', '5 a=b\n', '99 path=a\n', '0 a=b\n', '12 path=abc', '11 path=abcd\n', '11 noequals\n'])(
    'pax records %j end the reading',
    (text) => {
      expect(
        walk(archive(rawEntry({ name: 'ok' }), rawEntry({ name: 'p', type: 'x' }, text), rawEntry({ name: 'a' })))
          .codes,
      ).toEqual(['tar_header_invalid']);
    },
  );

  test('an archive that ends in the middle of a file says so', () => {
    const recorder = walk(
      Buffer.concat([rawEntry({ name: 'a' }, 'x'), rawEntry({ name: 'b' }, 'y'.repeat(2000)).subarray(0, 1500)]),
    );
    expect(recorder.codes).toEqual(['tar_truncated']);
    expect(recorder.entries.at(-1)).toMatchObject({ path: 'b', whole: false });
  });

  test('an archive that ends in the middle of what nobody wants says so, too', () => {
    const recorder = new Recorder(() => false);
    const walker = new TarWalker(recorder, defaultLimits);
    walker.write(rawEntry({ name: 'a' }, 'y'.repeat(700)).subarray(0, 512 + 699));
    walker.end();
    expect(recorder.codes).toEqual(['tar_truncated']);
  });

  test('padding that is missing at the end is no fault', () => {
    const recorder = walk(rawEntry({ name: 'a' }, 'y'.repeat(700)).subarray(0, 512 + 700));
    expect(recorder.entries).toMatchObject([{ path: 'a', whole: true }]);
    expect(recorder.problems).toEqual([]);
  });

  test('a missing end mark is no fault, and what follows the end mark is not read', () => {
    expect(walk(rawEntry({ name: 'a' }, 'x')).problems).toEqual([]);
    expect(walk(Buffer.concat([rawEntry({ name: 'a' }), endMark, rawEntry({ name: 'b' })])).paths).toEqual(['a']);
  });

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 512, maxLength: 4000 }),
        fc.integer({ min: 0, max: 511 }),
        fc.nat(255),
        (noise, at, value) => {
          const valid = archive(paxEntry({ path: 'p' }), rawEntry({ name: 'a' }, 'body'));
          valid[at + 1024] = value;
          walk(Buffer.concat([valid.subarray(0, 2048), noise]), { step: 333 });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('limits', () => {
  test('entries', () => {
    const recorder = walk(archive(...['a', 'b', 'c'].map((name) => rawEntry({ name }))), { limits: { entriesMax: 2 } });
    expect(recorder.paths).toEqual(['a', 'b']);
    expect(recorder.codes).toEqual(['limit_entries']);
  });

  test('headers without entries', () => {
    const recorder = walk(archive(...Array.from({ length: 20 }, () => paxEntry({ a: 'b' }))), {
      limits: { entriesMax: 2 },
    });
    expect(recorder.codes).toEqual(['limit_entries']);
  });

  test('a long name of a gigabyte costs one entry and no memory', () => {
    const size = 1024 ** 3;
    const recorder = new Recorder();
    const walker = new TarWalker(recorder, defaultLimits);
    walker.write(rawHeader({ name: '././@LongLink', type: 'L', size }));
    const piece = Buffer.alloc(1024 ** 2, 'a');
    for (let sent = 0; sent < size; sent += piece.length) walker.write(piece);
    walker.write(archive(rawEntry({ name: 'lost' }, 'x'), rawEntry({ name: 'kept' }, 'y')));
    expect(recorder.paths).toEqual(['kept']);
    expect(recorder.codes).toEqual(['limit_header_bytes']);
  });

  test('path length and depth', () => {
    const recorder = walk(
      archive(paxEntry({ path: 'a'.repeat(50) }), rawEntry({ name: 'x' }), rawEntry({ name: 'a/b/c/d' })),
      { limits: { pathBytesMax: 40, pathDepthMax: 3 } },
    );
    expect(recorder.codes).toEqual(['limit_path_bytes', 'limit_path_depth']);
  });
});

test('positions and skipping let a reader that can seek step over content', () => {
  const bytes = archive(rawEntry({ name: 'a' }, 'x'.repeat(5000)), rawEntry({ name: 'b' }, 'hello'));
  const offsets: number[] = [];
  const walker = new TarWalker(
    {
      entry: () => {
        offsets.push(walker.position);
        return null;
      },
      problem: () => expect.unreachable(),
    },
    defaultLimits,
  );
  let at = 0;
  while (at < bytes.length && !walker.done) {
    walker.write(bytes.subarray(at, at + 512));
    at += 512;
    const { skippable } = walker;
    walker.skip(skippable);
    at += skippable;
  }
  expect(offsets).toHaveLength(2);
  expect(bytes.toString('latin1', offsets[1], (offsets[1] ?? 0) + 5)).toBe('hello');
});
