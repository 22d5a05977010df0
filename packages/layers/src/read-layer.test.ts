import { gzipSync } from 'node:zlib';
import { AppError, type Digest, digestOf } from '@soupcon/model';
import { describe, expect, test } from 'vitest';
import { defaultLimits, type LayerLimits } from './limits.ts';
import { type LayerExpectation, readLayer } from './read-layer.ts';
import { Recorder } from './testing/recorder.ts';
import { archive, rawEntry, rawHeader } from './testing/tar-maker.ts';
import { zstdFrame } from './testing/zstd-maker.ts';

interface Case {
  readonly step?: number;
  readonly expected?: Partial<LayerExpectation>;
  readonly limits?: Partial<LayerLimits>;
  readonly now?: () => number;
}

async function read(stored: Uint8Array, { step = 1000, expected = {}, limits = {}, now }: Case = {}) {
  const recorder = new Recorder();
  const reading = await readLayer(
    pieces(stored, step),
    { digest: digestOf(stored), diffId: null, size: stored.length, ...expected },
    recorder,
    { limits: { ...defaultLimits, ...limits }, signal: new AbortController().signal, ...(now ? { now } : {}) },
  );
  return { reading, recorder };
}

/** One buffer for all pieces, as readers of files have. */
async function* pieces(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(step);
  for (let at = 0; at < bytes.length; at += step) {
    const piece = bytes.subarray(at, at + step);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0xee);
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing thrown',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

const tar = archive(rawEntry({ name: 'etc/a' }, 'hello'), rawEntry({ name: 'b' }, 'x'.repeat(100_000)));
const other = digestOf('something else') as Digest;

describe('compression is told by the bytes', () => {
  const forms: [string, Uint8Array][] = [
    ['none', tar],
    ['gzip', gzipSync(tar)],
    ['gzip', Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])],
    ['zstd', zstdFrame(tar)],
    ['zstd', Buffer.concat([zstdFrame(tar.subarray(0, 700)), zstdFrame(tar.subarray(700))])],
    ['zstd', Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]), zstdFrame(tar)])],
  ];
  test.each(forms)('%s (%#)', async (compression, stored) => {
    for (const step of [1, 7, 100_000]) {
      const { reading, recorder } = await read(stored, { step, expected: { diffId: digestOf(tar) } });
      expect(reading).toEqual({
        digest: digestOf(stored),
        diffId: digestOf(tar),
        size: stored.length,
        unpackedSize: tar.length,
        compression,
      });
      expect(recorder.paths).toEqual(['etc/a', 'b']);
      expect(recorder.problems).toEqual([]);
    }
  });
});

describe('what is refused', () => {
  test.each<[string, Uint8Array, Partial<LayerExpectation>]>([
    ['blob_digest_mismatch', gzipSync(tar), { digest: other }],
    ['blob_size_mismatch', gzipSync(tar), { size: 5 }],
    ['blob_size_mismatch', gzipSync(tar), { size: 500_000 }],
    ['layer_diff_id_mismatch', gzipSync(tar), { diffId: other }],
    ['layer_corrupt', gzipSync(tar).subarray(0, 200), {}],
    ['layer_corrupt', zstdFrame(tar).subarray(0, 60), {}],
    ['layer_corrupt', Buffer.concat([gzipSync(tar), Buffer.from('garbage')]), {}],
    ['layer_corrupt', Buffer.from('BZh91AY&SY'), {}],
    ['layer_not_tar', Buffer.from('<html>'.repeat(1000)), {}],
    ['layer_not_tar', Buffer.from('short'), {}],
    ['layer_not_tar', gzipSync('not a tar'.repeat(500)), {}],
  ])('%s (%#)', async (code, stored, expected) => {
    expect(await codeOf(read(stored, { expected }))).toBe(code);
  });

  test('a wrong digest is said rather than the damage it explains', async () => {
    const damaged = gzipSync(tar);
    damaged[50] = (damaged[50] ?? 0) ^ 0xff;
    expect(await codeOf(read(damaged, { expected: { digest: digestOf(gzipSync(tar)) } }))).toBe('blob_digest_mismatch');
    expect(await codeOf(read(damaged))).toBe('layer_corrupt');
  });

  test('a source that never ends is left at the size that was named', async () => {
    let given = 0;
    const endless = async function* () {
      for (;;) {
        given += 1;
        yield new Uint8Array(1000);
      }
    };
    const options = { limits: defaultLimits, signal: new AbortController().signal };
    const reading = readLayer(endless(), { digest: other, diffId: null, size: 5000 }, new Recorder(), options);
    expect(await codeOf(reading)).toBe('blob_size_mismatch');
    expect(given).toBe(6);
  });
});

describe('gzip whose checksum is left out, because both digests are known', () => {
  const known = { diffId: digestOf(tar) };
  const bytes = gzipSync(tar);
  const named = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 3, 5, 0, 1, 2, 3, 4, 5]),
    Buffer.from('name\0comment\0'),
    Buffer.from([0, 0]),
    bytes.subarray(10),
  ]);
  const members = Buffer.concat([0, 700, 1500].map((at, k, all) => gzipSync(tar.subarray(at, all[k + 1]))));

  test.each([
    ['one member', bytes],
    ['a header with all its parts', named],
    ['several members', members],
    ['zeros behind the end', Buffer.concat([bytes, Buffer.alloc(700)])],
  ])('%s', async (_, stored) => {
    for (const step of [1, 3, 9, 10, 11, stored.length - 8, stored.length - 3, stored.length]) {
      const { reading, recorder } = await read(stored, { step, expected: known });
      expect(reading.diffId).toBe(digestOf(tar));
      expect(recorder.paths).toEqual(['etc/a', 'b']);
    }
  });

  test.each([
    ['cut in the header', bytes.subarray(0, 7)],
    ['cut in the content', bytes.subarray(0, bytes.length - 20)],
    ['cut in the trailer', bytes.subarray(0, bytes.length - 3)],
    ['cut in the second member', Buffer.concat([bytes, bytes.subarray(0, 50)])],
    ['a wrong length', Buffer.concat([bytes.subarray(0, bytes.length - 1), Buffer.from([9])])],
    ['garbage behind the end', Buffer.concat([bytes, Buffer.from('x')])],
    ['garbage behind zeros', Buffer.concat([bytes, Buffer.alloc(9), Buffer.from('x')])],
    ['an unknown method', Buffer.concat([Buffer.from([0x1f, 0x8b, 9]), bytes.subarray(3)])],
    ['an unknown flag', Buffer.concat([bytes.subarray(0, 3), Buffer.from([0x80]), bytes.subarray(4)])],
    [
      'a comment without end',
      Buffer.concat([bytes.subarray(0, 3), Buffer.from([16]), bytes.subarray(4, 10), Buffer.alloc(400_000, 'c')]),
    ],
    ['content that is no deflate', Buffer.concat([bytes.subarray(0, 10), Buffer.alloc(500, 0xff)])],
  ])('%s is corrupt', async (_, stored) => {
    for (const step of [1000, 100_000])
      expect(await codeOf(read(stored, { step, expected: known }))).toBe('layer_corrupt');
  });

  test('a wrong checksum is found by the digest', async () => {
    const wrong = Buffer.from(bytes);
    wrong[bytes.length - 6] = (wrong[bytes.length - 6] ?? 0) ^ 1;
    expect(await codeOf(read(wrong, { expected: { diffId: other } }))).toBe('layer_diff_id_mismatch');
    expect(await codeOf(read(wrong))).toBe('layer_corrupt');
  });
});

test.each([Buffer.alloc(0), gzipSync(''), archive(), Buffer.alloc(512)])(
  'an empty archive is no fault (%#)',
  async (stored) => {
    const { recorder } = await read(stored);
    expect(recorder.entries).toEqual([]);
    expect(recorder.problems).toEqual([]);
  },
);

describe('limits end the unpacking, the bytes are verified all the same', () => {
  const bomb = gzipSync(
    archive(
      rawEntry({ name: 'a' }, 'x'),
      rawEntry({ name: 'zeros' }, Buffer.alloc(8_000_000)),
      rawEntry({ name: 'behind' }),
    ),
  );
  const zstdBomb = zstdFrame(
    archive(
      rawEntry({ name: 'a' }, 'x'),
      rawEntry({ name: 'zeros' }, Buffer.alloc(8_000_000)),
      rawEntry({ name: 'behind' }),
    ),
  );

  test.each([bomb, zstdBomb])('limit_compression_ratio (%#)', async (stored) => {
    const { reading, recorder } = await read(stored, {
      limits: { ratioMax: 20, ratioFloorBytes: 1_000_000 },
      expected: { diffId: other },
    });
    expect(recorder.codes).toEqual(['limit_compression_ratio']);
    expect(recorder.paths).not.toContain('behind');
    expect(reading.diffId).toBeNull();
    expect(reading.unpackedSize).toBeLessThan(6_000_000);
  });

  test('limit_layer_bytes', async () => {
    const { recorder } = await read(bomb, { limits: { layerBytesMax: 500_000 } });
    expect(recorder.codes).toEqual(['limit_layer_bytes']);
  });

  test('limit_time', async () => {
    let clock = 0;
    const { recorder } = await read(tar, { limits: { timeMsMax: 10 }, now: () => (clock += 1) });
    expect(recorder.codes).toEqual(['limit_time']);
  });

  test('limit_window_bytes', async () => {
    const stored = zstdFrame(Buffer.alloc(1000), { windowLog: 30 });
    const { recorder } = await read(stored);
    expect(recorder.codes).toEqual(['limit_window_bytes']);
  });

  test('a digest that is wrong is refused also then', async () => {
    expect(await codeOf(read(bomb, { limits: { layerBytesMax: 500_000 }, expected: { digest: other } }))).toBe(
      'blob_digest_mismatch',
    );
  });
});

test('a fault behind the first entries is a problem of a layer that is what it claims to be', async () => {
  const { reading, recorder } = await read(
    gzipSync(archive(rawEntry({ name: 'a' }), rawHeader({ name: 'b', checksum: 1 }))),
  );
  expect(recorder.paths).toEqual(['a']);
  expect(recorder.codes).toEqual(['tar_header_invalid']);
  expect(reading.diffId).not.toBeNull();
});

test('whiteouts are told apart from entries', async () => {
  const names = ['a/.wh.b', '.wh.c', 'd/.wh..wh..opq', '.wh..wh..opq', '.wh..wh.plnk', 'e/.wh.', 'f/.whatever', 'g'];
  const { recorder } = await read(archive(...names.map((name) => rawEntry({ name }))));
  expect(recorder.whiteouts).toEqual(['a/b', 'c']);
  expect(recorder.opaques).toEqual(['d', '']);
  expect(recorder.paths).toEqual(['f/.whatever', 'g']);
  expect(recorder.codes).toEqual(['path_invalid']);
});

test('an abort ends the reading', async () => {
  const stop = new AbortController();
  const slow = async function* () {
    yield tar.subarray(0, 600);
    stop.abort();
    yield tar.subarray(600);
  };
  const reading = readLayer(slow(), { digest: null, diffId: null, size: null }, new Recorder(), {
    limits: defaultLimits,
    signal: stop.signal,
  });
  expect(await codeOf(reading)).toBe('aborted');
});

test('what the zstd tool writes at level 19, with a checksum, is read', async () => {
  // Two files: 40 lines of an os-release, 30 times all bytes.
  const stored = Buffer.from(
    [
      'KLUv/QRoRQwANBV1c3IvbGliL29zLXJlbGVhc2UAMDY0NAAwMTUxMTEzMDMAIDAAdXN0YXIAMDAASUQ9c291cApWRVJTSU9OXzEKAG9wdC9hLn',
      'R4dDE3MDAwNzUyNgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVG',
      'R0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5/gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJ',
      'mam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2+v8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err',
      '7O3u7/Dx8vP09fb3+Pn6+/z9/v8RINBu5nIx/IniAQB/HrifY1X9HbUBSwC1o5W6MDEVNoA1P+oAnG5bgz+MCDBogHX02QHKEBR1',
    ].join(''),
    'base64',
  );
  const { recorder } = await read(stored, { step: 11 });
  expect(recorder.paths).toEqual(['usr/lib/os-release', 'opt/a.txt']);
  expect(recorder.entries[0]?.body).toBe('ID=soup\nVERSION_ID=1\n'.repeat(40));
  expect(recorder.entries[1]?.body).toHaveLength(7680);
});
