import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type ErrorCode, silentLogger } from '@soupcon/model';
import { type JobQueue, openQueue } from '@soupcon/queue';
import { queueBackends } from '@soupcon/queue/testing';
import { type BenchRepository, LedgerBench } from '@soupcon/store/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ScanRunner } from './jobs/scan-work.ts';
import type { JobSettings } from './jobs/settings.ts';
import { aborted, done, quick } from './jobs/testing/quick.ts';
import { type RunningWorker, startWorker } from './worker.ts';

const until = (holds: () => unknown) => vi.waitUntil(holds, { timeout: 10_000, interval: 5 });

for (const backend of queueBackends) {
  describe.skipIf(backend.isMissing)(`a worker, its queue on ${backend.name}`, () => {
    let bench: LedgerBench;
    let repository: BenchRepository;
    let engine: Awaited<ReturnType<typeof backend.start>>;
    let queue: JobQueue;
    let workers: RunningWorker[];

    beforeAll(async () => {
      bench = await LedgerBench.open();
      engine = await backend.start(bench.url);
    });
    beforeEach(async () => {
      repository = await bench.repository();
      workers = [];
      queue = await openQueue(engine.settings);
    });
    afterEach(async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      await queue.close();
      await engine.empty();
      await bench.endAll();
    });
    afterAll(async () => {
      await engine.stop();
      await bench.close();
    });

    async function start(run: ScanRunner, settings: Partial<JobSettings> = {}): Promise<RunningWorker> {
      const jobs = { ...quick, ...settings };
      const worker = await startWorker({ config: { jobs }, store: bench.store, queue, run, logger: silentLogger });
      workers.push(worker);
      return worker;
    }

    async function push(): Promise<string> {
      const [scanId = ''] = await bench.scans(repository, [{}]);
      return scanId;
    }

    const reaches = async (scanId: string, state: string) =>
      until(async () => (await bench.row(scanId)).state === state);

    test('scans what is pushed, shows how far it is, and ends it together with what it found', async () => {
      let goOn = () => {};
      await start(async (work, { progress }) => {
        progress({ layersDone: 1, layersTotal: 3, bytesDone: 10, bytesTotal: 30 });
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        progress({ layersDone: 3, layersTotal: 3, bytesDone: 30, bytesTotal: 30 });
        const text = `update tenant.scans set priority = 77 where id = $1`;
        return {
          ...done,
          resolvedDigest: work.digest,
          record: async (tx) => void (await tx.query({ name: 'bench.record', text, values: [work.scanId] })),
        };
      });
      const scanId = await push();
      await until(async () => (await bench.row(scanId)).layers_done === 1);
      goOn();
      await reaches(scanId, 'done');
      expect(await bench.row(scanId)).toMatchObject({ priority: 77, layers_done: 3, attempts: 1, reason_code: null });
    });

    test('opted out before its turn: cancelled, and the runner is never called', async () => {
      const scanId = await push();
      await bench.optOut(repository);
      const run = vi.fn<ScanRunner>(async () => done);
      await start(run);
      await reaches(scanId, 'cancelled');
      expect(run).not.toHaveBeenCalled();
      expect(await bench.row(scanId)).toMatchObject({ reason_code: 'repository_not_scanned' });
    });

    test('opted out while it runs: stopped within two renewals, and cancelled', async () => {
      let stoppedAt = 0;
      await start(async (_work, { signal }) => {
        await aborted(signal).finally(() => {
          stoppedAt = performance.now();
        });
        return done;
      });
      const scanId = await push();
      await reaches(scanId, 'running');
      await bench.optOut(repository);
      const optedOutAt = performance.now();
      await reaches(scanId, 'cancelled');
      expect(stoppedAt - optedOutAt).toBeLessThan((2 * quick.leaseMs) / 3);
      expect(await bench.row(scanId)).toMatchObject({ reason_code: 'repository_not_scanned' });
    });

    test('a lost lease stops the runner, and what it brings is refused', async () => {
      const record = vi.fn(async () => {});
      let firstStopped = false;
      await start(async (work, { signal }) => {
        if (work.attempt > 1) return done;
        await aborted(signal).catch(() => {
          firstStopped = true;
        });
        return { ...done, state: 'skipped', record };
      });
      const scanId = await push();
      await reaches(scanId, 'running');
      await bench.change(scanId, `lease_owner = gen_random_uuid(), lease_until = now() - interval '1 s'`);
      await reaches(scanId, 'done');
      await until(() => firstStopped);
      await sleep(50);
      expect(record).not.toHaveBeenCalled();
      expect(await bench.row(scanId)).toMatchObject({ state: 'done', attempts: 2 });
    });

    test('one that always throws has failed with a reason after the last attempt', async () => {
      const run = vi.fn<ScanRunner>(async () => {
        throw new TypeError('poison');
      });
      await start(run, { attemptsMax: 3 });
      const scanId = await push();
      await reaches(scanId, 'failed');
      expect(run).toHaveBeenCalledTimes(3);
      expect(await bench.row(scanId)).toMatchObject({
        reason_code: 'unexpected_fault',
        reason: 'A fault of this program.', // And not what it says, which may tell of our insides.
        attempts: 3,
      });
    });

    test.each<[ErrorCode, string, number]>([
      ['image_not_found', 'failed', 1],
      ['manifest_unsupported', 'skipped', 1],
      ['registry_unavailable', 'done', 2],
    ])('%s thrown once: %s after %i attempts', async (code, state, attempts) => {
      await start(async (work) => {
        if (work.attempt > 1) return done;
        throw new AppError(code, { subject: 'nul \u0000 byte' });
      });
      const scanId = await push();
      await reaches(scanId, state);
      const row = await bench.row(scanId);
      expect(row.attempts).toBe(attempts);
      expect(row.reason_code).toBe(state === 'done' ? null : code);
      if (state !== 'done') expect(row.reason).toContain('nul \ufffd byte');
    });

    test('past its deadline it is stopped and has failed', async () => {
      await start(async (_work, { signal }) => aborted(signal), { deadlineMs: 200 });
      const scanId = await push();
      await reaches(scanId, 'failed');
      expect(await bench.row(scanId)).toMatchObject({ reason_code: 'deadline_exceeded', attempts: 1 });
    });

    test('a runner that does not heed its signal is written off', async () => {
      await start(() => new Promise(() => {}), { deadlineMs: 100, graceMs: 100, sweepMs: 60_000 });
      const scanId = await push();
      await reaches(scanId, 'failed');
      expect(await bench.row(scanId)).toMatchObject({ reason_code: 'deadline_exceeded' });
    });

    test('what cannot be recorded is not done: nothing of it is there, and it is tried again', async () => {
      const broken = { name: 'bench.broken', text: 'select 1 / 0' };
      await start(async (work) => ({
        ...done,
        record: async (tx) => {
          const text = `update tenant.scans set priority = priority + 1 where id = $1`;
          await tx.query({ name: 'bench.once', text, values: [work.scanId] });
          if (work.attempt === 1) await tx.query(broken);
        },
      }));
      const scanId = await push();
      await reaches(scanId, 'done');
      expect(await bench.row(scanId)).toMatchObject({ priority: 1, attempts: 2 });
    });

    test('stopped cleanly, it gives back what it has, uncounted, and another ends it', async () => {
      const first = await start(async (_work, { signal }) => aborted(signal));
      const scanIds = (await bench.scans(repository, [{}, {}])) as [string, string];
      for (const scanId of scanIds) await reaches(scanId, 'running');
      const startedAt = performance.now();
      await first.close();
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      for (const scanId of scanIds) expect(await bench.row(scanId)).toMatchObject({ state: 'waiting', attempts: 0 });
      await start(async () => done);
      for (const scanId of scanIds) await reaches(scanId, 'done');
      for (const scanId of scanIds) expect(await bench.row(scanId)).toMatchObject({ attempts: 1 });
    });

    test('everything that the queue loses is scanned nevertheless, once', async () => {
      const run = vi.fn<ScanRunner>(async () => {
        await sleep(20);
        return done;
      });
      await start(run);
      const scanIds = new Set(await bench.scans(repository, new Array(40).fill({})));
      for (let round = 0; round < 4; round++) {
        await sleep(40);
        await engine.empty();
      }
      const isOver = async () => (await bench.rows()).every(({ id, state }) => !scanIds.has(id) || state === 'done');
      await until(isOver);
      expect(run).toHaveBeenCalledTimes(40);
    });

    test('tells Prometheus what it does', async () => {
      const worker = await start(async () => done);
      await reaches(await push(), 'done');
      await until(async () => (await worker.metrics.registry.metrics()).includes('attempts_total{state="done"} 1'));
      const text = await worker.metrics.registry.metrics();
      expect(text).toMatch(/soupcon_scans_open\{state="waiting"\} 0/);
      expect(text).toMatch(/soupcon_queue_depth 0/);
      expect(text).toMatch(/soupcon_scan_waited_seconds_count 1/);
    });
  });
}
