import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@soupcon/model';
import { migrate, schemaHash } from '@soupcon/store';
import { type TestDatabase, testDatabase } from '@soupcon/store/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type JobQueue, openQueue, type ScanJob } from './index.ts';
import { queueBackends } from './testing/index.ts';

const job = (scanId: string, attempt = 1): ScanJob => ({ scanId, attempt });
const until = (holds: () => unknown) => vi.waitUntil(holds, { timeout: 10_000, interval: 5 });

for (const backend of queueBackends) {
  describe.skipIf(backend.isMissing)(`the queue on ${backend.name}`, () => {
    let database: TestDatabase;
    let engine: Awaited<ReturnType<typeof backend.start>>;
    let queue: JobQueue;
    let seen: string[];

    beforeAll(async () => {
      database = await testDatabase({ template: await schemaHash(), migrate });
      engine = await backend.start(database.url);
    });
    beforeEach(async () => {
      seen = [];
      queue = await openQueue(engine.settings);
    });
    afterEach(async () => {
      await queue.close();
      await engine.empty();
    });
    afterAll(async () => {
      await engine.stop();
      await database.drop();
    });

    const note = async ({ scanId, attempt }: ScanJob) => {
      seen.push(`${scanId}.${attempt}`);
    };

    test('hands every job to one worker, in the order they were added', async () => {
      await queue.add([job('a')]);
      await queue.add([job('b')]);
      await queue.add([job('c')]);
      await queue.work(note, { concurrency: 1 });
      await until(() => seen.length === 3);
      expect(seen).toEqual(['a.1', 'b.1', 'c.1']);
    });

    test('shares the jobs among workers without giving one twice', async () => {
      const other = await openQueue(engine.settings);
      await Promise.all([queue, other, queue].map((one) => one.work(note, { concurrency: 3 })));
      const jobs = Array.from({ length: 200 }, (_, index) => job(`scan${index}`));
      await queue.add(jobs);
      await until(() => seen.length >= 200);
      await sleep(50);
      await other.close();
      expect([...seen].sort()).toEqual(jobs.map(({ scanId }) => `${scanId}.1`).sort());
    });

    test('knows a job by scan and attempt: what waits or is worked on is not added again, another attempt is', async () => {
      await queue.add([job('a'), job('a')]);
      await queue.add([job('a')]);
      expect(await queue.depth()).toBe(1);
      await queue.work(
        async (one) => {
          await note(one);
          if (one.attempt === 1) await queue.add([job('a', 1), job('a', 2)]);
          await sleep(20);
        },
        { concurrency: 2 },
      );
      await until(() => seen.length === 2);
      await sleep(100);
      expect(seen).toEqual(['a.1', 'a.2']);
    });

    test('takes a job that has ended, or was lost, again', async () => {
      await queue.add([job('a')]);
      await engine.empty();
      expect(await queue.depth()).toBe(0);
      const workers = await queue.work(note, { concurrency: 1 });
      await queue.add([job('a')]);
      await until(() => seen.length === 1);
      await workers.close(); // From here on it has ended for sure.
      await queue.add([job('a')]);
      await queue.work(note, { concurrency: 1 });
      await until(() => seen.length === 2);
    });

    test('ends a job whose handler throws, and goes on with the next', async () => {
      await queue.add([job('bad'), job('good')]);
      await queue.work(
        async (one) => {
          await note(one);
          if (one.scanId === 'bad') throw new TypeError('a fault of the handler');
        },
        { concurrency: 1 },
      );
      await until(() => seen.length === 2);
      await sleep(50);
      expect(seen).toEqual(['bad.1', 'good.1']);
      expect(await queue.depth()).toBe(0);
    });

    test('works on as many at once as it is told to', async () => {
      let atOnce = 0;
      let most = 0;
      await queue.add(Array.from({ length: 12 }, (_, index) => job(`scan${index}`)));
      await queue.work(
        async (one) => {
          atOnce += 1;
          most = Math.max(most, atOnce);
          await sleep(20);
          atOnce -= 1;
          await note(one);
        },
        { concurrency: 3 },
      );
      await until(() => seen.length === 12);
      expect(most).toBe(3);
    });

    test('tells handlers when it closes, waits for them, and leaves the rest where it is', async () => {
      await queue.add([job('a'), job('b'), job('c')]);
      const workers = await queue.work(
        async (one, signal) => {
          seen.push(`begin ${one.scanId}`);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          seen.push(`end ${one.scanId}`);
        },
        { concurrency: 2 },
      );
      await until(() => seen.length === 2);
      await workers.close();
      expect(seen.map((text) => text.split(' ')[0])).toEqual(['begin', 'begin', 'end', 'end']);
      expect(await queue.depth()).toBe(1);
    });

    test('goes on after everything in it was lost', async () => {
      await queue.work(note, { concurrency: 2 });
      await queue.add([job('a')]);
      await until(() => seen.length === 1);
      await engine.empty();
      await queue.add([job('a'), job('b')]);
      await until(() => seen.length === 3);
    });

    test('answers a ping', async () => {
      await queue.ping();
      expect(queue.backend).toBe(backend.name);
    });
  });
}

describe.skipIf(queueBackends.some(({ isMissing }) => isMissing))('a Redis that goes away', () => {
  test('is said at once, and does not hold up the end', { timeout: 10_000 }, async () => {
    const redis = queueBackends.find(({ name }) => name === 'redis');
    const engine = await redis?.start('postgres://nobody:x@127.0.0.1:1/none');
    const queue = await openQueue(engine?.settings ?? { databaseUrl: '' });
    await queue.work(async () => {}, { concurrency: 1 });
    await queue.ping();
    await engine?.stop();
    for (const call of [() => queue.add([job('a')]), () => queue.ping(), () => queue.depth()]) {
      await expect(call()).rejects.toMatchObject({ code: 'queue_unavailable' });
    }
    await queue.close();
  });
});

describe('an engine that is not there', () => {
  test.each([
    ['postgres', { databaseUrl: 'postgres://nobody:x@127.0.0.1:1/none' }],
    ['redis', { databaseUrl: 'postgres://nobody:x@127.0.0.1:1/none', redisUrl: 'redis://127.0.0.1:1' }],
  ])('%s: is said at once, as queue_unavailable', async (_name, settings) => {
    const error = await openQueue(settings).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'queue_unavailable' });
  });
});
