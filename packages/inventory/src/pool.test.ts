import { gzipSync } from 'node:zlib';
import { defaultLimits, type LayerLimits } from '@soupcon/layers';
import { AppError, digestOf } from '@soupcon/model';
import { afterEach, describe, expect, test } from 'vitest';
import { unpackIndex } from './packed-index.ts';
import { WorkerPool } from './pool.ts';
import { layerArchive } from './testing/archive.ts';
import { piecesInFlight, type Task } from './worker-protocol.ts';

let pool: WorkerPool;
afterEach(() => pool.close());

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
    const light = gzipSync(Buffer.alloc(512), { level: 0 });
    const bytes = Buffer.concat([heavy, ...Array.from({ length: 1000 }, () => light)]);
    let out = 0;
    let outEarly = 0;
    const pieces = async () =>
      (async function* () {
        setTimeout(() => (outEarly = out), 20);
        for (const piece of [heavy, ...Array.from({ length: 1000 }, () => light)]) {
          out += 1;
          yield piece;
        }
      })();
    await pool.index(task(bytes), { signal: never, subject, pieces });
    expect(outEarly).toBeLessThanOrEqual(piecesInFlight);
    expect(outEarly).toBeGreaterThan(0);
    expect(out).toBe(1001);
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
  pool = new WorkerPool({ threads: 1, limits: defaultLimits });
  const stop = new AbortController();
  const stuck = async () =>
    (async function* () {
      yield new Uint8Array(512);
      await new Promise(() => {});
    })();
  const both = [1, 2].map(() =>
    codeOf(pool.index(task(new Uint8Array(5000)), { signal: stop.signal, subject, pieces: stuck })),
  );
  setTimeout(() => stop.abort(), 50);
  expect(await Promise.all(both)).toEqual(['aborted', 'aborted']);
});
