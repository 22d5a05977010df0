import { gzipSync } from 'node:zlib';
import { defaultLimits, type LayerLimits } from '@soupcon/layers';
import { AppError, digestOf, type ImageSource } from '@soupcon/model';
import { afterEach, describe, expect, test } from 'vitest';
import { unpackIndex } from './packed-index.ts';
import { WorkerPool } from './pool.ts';
import { takeInventory } from './take-inventory.ts';
import { layerArchive } from './testing/archive.ts';
import { pieceBytesMax, piecesInFlight, type Task } from './worker-protocol.ts';

let pool: WorkerPool | undefined;
afterEach(() => pool?.close());

const never = new AbortController().signal;
const subject = 'a layer';

function task(bytes: Uint8Array, limits: Partial<LayerLimits> = {}): Extract<Task, { kind: 'index' }> {
  const expected = { digest: digestOf(bytes), diffId: null, size: bytes.length };
  return { kind: 'index', content: { kind: 'sent' }, expected, limits: { ...defaultLimits, ...limits } };
}

/** The same buffer again and again, as network libraries do. */
async function* inPieces(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(step);
  for (let at = 0; at < bytes.length; at += step) {
    const piece = bytes.subarray(at, at + step);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing thrown',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

describe('a stream', () => {
  test('is indexed in a thread, the same as any other bytes', async () => {
    pool = new WorkerPool({ threads: 1, limits: defaultLimits });
    const bytes = gzipSync(await layerArchive({ 'etc/os-release': 'ID=alpine\n', 'bin/sh': '\x7fELF...' }));
    const counts: number[] = [];
    const packed = await pool.index(task(bytes), {
      signal: never,
      subject,
      pieces: async () => inPieces(bytes, 50),
      onProgress: (count) => counts.push(count),
    });
    const index = unpackIndex(packed);
    expect(index.digest).toBe(digestOf(bytes));
    expect(index.files.map(({ path, executable }) => ({ path, executable }))).toEqual([
      { path: 'etc/os-release', executable: false },
      { path: 'bin/sh', executable: true },
    ]);
  });

  test('is asked for no more than a few pieces ahead of the thread', async () => {
    pool = new WorkerPool({ threads: 1, limits: defaultLimits });
    // The first piece keeps the thread busy: it unpacks to 128 MiB. The many behind it must wait where they are.
    const heavy = gzipSync(Buffer.alloc(128 * 1024 * 1024));
    const light = gzipSync(Buffer.alloc(50_000), { level: 0 });
    const all = [heavy, ...Array.from({ length: 1000 }, () => light)];
    let out = 0;
    let outEarly = 0;
    const pieces = async () =>
      (async function* () {
        setTimeout(() => (outEarly = out), 20);
        for (const piece of all) {
          out += piece.length;
          yield piece;
        }
      })();
    const bytes = Buffer.concat(all);
    const index = await pool.index(task(bytes), { signal: never, subject, pieces });
    expect(index.size).toBe(bytes.length);
    expect(outEarly).toBeGreaterThan(0);
    expect(outEarly).toBeLessThanOrEqual(piecesInFlight * pieceBytesMax + light.length);
    expect(out).toBe(bytes.length);
  });

  test('that fails ends the task with its own error', async () => {
    pool = new WorkerPool({ threads: 1, limits: defaultLimits });
    const pieces = async () =>
      (async function* () {
        yield new Uint8Array(512);
        throw new AppError('registry_unavailable', { subject: 'cut off' });
      })();
    const failing = pool.index(task(new Uint8Array(5000)), { signal: never, subject, pieces });
    expect(await codeOf(failing)).toBe('registry_unavailable');
  });
});

test('one thread takes task after task', async () => {
  pool = new WorkerPool({ threads: 1, limits: defaultLimits });
  for (const name of ['a', 'b', 'c']) {
    const bytes = await layerArchive({ [name]: 'x' });
    const pieces = async () => inPieces(bytes, 600);
    const index = unpackIndex(await pool.index(task(bytes), { signal: never, subject, pieces }));
    expect(index.digest).toBe(digestOf(bytes));
  }
});

test('a fault of a layer comes back as the error it is, and the pool goes on', async () => {
  pool = new WorkerPool({ threads: 1, limits: defaultLimits });
  const bad = Buffer.from('no archive at all'.repeat(100));
  expect(await codeOf(pool.index(task(bad), { signal: never, subject, pieces: async () => inPieces(bad, 100) }))).toBe(
    'layer_not_tar',
  );
  const good = await layerArchive({ a: 'b' });
  const packed = await pool.index(task(good), { signal: never, subject, pieces: async () => inPieces(good, 1000) });
  expect(unpackIndex(packed).digest).toBe(digestOf(good));
});

test('a thread that outlives its deadline is ended, and the event loop was never held up', async () => {
  pool = new WorkerPool({ threads: 1, limits: { ...defaultLimits, timeMsMax: -29_500 } });
  const stuck = async () =>
    (async function* () {
      yield new Uint8Array(512);
      await new Promise(() => {});
    })();
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 10);
  expect(await codeOf(pool.index(task(new Uint8Array(5000)), { signal: never, subject, pieces: stuck }))).toBe(
    'deadline_exceeded',
  );
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(10);
});

test('a thread that needs more memory than its limit fails its own task only', async () => {
  const limits = { ...defaultLimits, workerHeapMiBMax: 8 };
  pool = new WorkerPool({ threads: 1, limits });
  const names = Object.fromEntries(
    Array.from({ length: 60_000 }, (_, at) => [`usr/lib/${at}/${'x'.repeat(80)}.so`, '\x7fELF']),
  );
  const bytes = await layerArchive(names);
  expect(
    await codeOf(pool.index(task(bytes), { signal: never, subject, pieces: async () => inPieces(bytes, 100_000) })),
  ).toBe('worker_failed');
  const good = await layerArchive({ a: 'b' });
  await pool.index(task(good), { signal: never, subject, pieces: async () => inPieces(good, 1000) });
});

test('an abort ends running and waiting tasks', async () => {
  const running = new WorkerPool({ threads: 1, limits: defaultLimits });
  pool = running;
  const stop = new AbortController();
  const stuck = async () =>
    (async function* () {
      yield new Uint8Array(512);
      await new Promise(() => {});
    })();
  const both = [1, 2].map(() =>
    codeOf(running.index(task(new Uint8Array(5000)), { signal: stop.signal, subject, pieces: stuck })),
  );
  setTimeout(() => stop.abort(), 50);
  expect(await Promise.all(both)).toEqual(['aborted', 'aborted']);
});

describe('an image that has too much in it', () => {
  const many = (layer: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`usr/lib/${layer}/lib${at}.so`, '\x7fELF']));

  async function inventoryOf(layers: Record<string, string>[], limits: Partial<LayerLimits>) {
    const archives = await Promise.all(layers.map((files) => layerArchive(files)));
    const described = archives.map((bytes, index) => {
      return { index, digest: digestOf(bytes), diffId: digestOf(bytes), size: bytes.length, mediaType: '' };
    });
    const config = { platform: null, created: null, diffIds: null, history: [], user: null, env: [], labels: {} };
    const image = { reference: 'test', digest: null, mediaType: null, platform: null, created: null, size: null };
    const source: ImageSource = {
      image: { ...image, config, layers: described, problems: [] },
      access: { order: described.map(({ index }) => index), parallel: true },
      layer: (index) => ({ kind: 'stream', open: async () => inPieces(archives[index] ?? new Uint8Array(0), 5000) }),
      close: async () => {},
    };
    return takeInventory(source, { signal: never, threads: 2, limits: { ...defaultLimits, ...limits } });
  }
  test('keeps of the layers, from the base up, as much as an image may have', async () => {
    const { problems, completeness } = await inventoryOf([many(0, 30), many(1, 30), many(2, 30)], { keptFilesMax: 70 });
    expect(problems.map(({ code, layer }) => `${code} ${layer}`)).toEqual(['limit_kept_bytes 2']);
    expect(completeness.executables.files).toBe(60);
  });

  test('keeps of one layer as much as an image may have', async () => {
    const { problems, completeness } = await inventoryOf([many(0, 30)], { keptFilesMax: 20 });
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['limit_kept_files']));
    expect(completeness.executables.files).toBe(20);
  });

  test('is said to be unknown when its layers cannot be put together in memory', async () => {
    const { problems, completeness, layers } = await inventoryOf([many(0, 45_000), many(1, 45_000)], {
      keptFilesMax: 1_000_000,
      keptBytesMax: 1024 ** 3,
      workerHeapMiBMax: 24,
    });
    expect(problems.map(({ code }) => code)).toEqual(['limit_memory']);
    expect(completeness.verdict).toBe('unknown');
    expect(layers).toHaveLength(2);
  });
});
