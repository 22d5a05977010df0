import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@soupcon/model';
import { queueBackends } from '@soupcon/queue/testing';
import { type EmbeddedPostgres, migrate, startEmbeddedPostgres } from '@soupcon/store';
import { LedgerBench } from '@soupcon/store/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FixedAddress, startFixedAddress } from './jobs/testing/fixed-address.ts';
import { quick } from './jobs/testing/quick.ts';

const scanMs = 100;
const until = (holds: () => unknown) => vi.waitUntil(holds, { timeout: 25_000, interval: 20 });

// A server of its own, to be stopped, behind an address that stays.
let directory: string;
let postgres: EmbeddedPostgres;
let address: FixedAddress;
let bench: LedgerBench;

async function serve(): Promise<void> {
  postgres = await startEmbeddedPostgres({ directory, logger: silentLogger, settings: { fsync: 'off' } });
  address.lead(postgres.port);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'soupcon-crash-'));
  address = await startFixedAddress();
  await serve();
  const url = new URL(postgres.url);
  url.port = `${address.port}`;
  await migrate(url.href);
  bench = new LedgerBench(url.href, async () => {});
});
afterAll(async () => {
  await bench.close();
  await address.close();
  await postgres.stop();
  await rm(directory, { recursive: true });
});

for (const backend of queueBackends) {
  describe.skipIf(backend.isMissing)(`twenty scans, the queue on ${backend.name}`, { timeout: 40_000 }, () => {
    let engine: Awaited<ReturnType<typeof backend.start>>;
    const workers = new Set<ChildProcess>();

    beforeAll(async () => {
      engine = await backend.start(bench.url);
    });
    afterEach(async () => {
      await Promise.all([...workers].map(kill));
      await bench.endAll();
      await engine.empty();
    });
    afterAll(() => engine.stop());

    async function startProcess(): Promise<ChildProcess> {
      const { databaseUrl, redisUrl } = engine.settings;
      const args = [databaseUrl, `${scanMs}`, ...(redisUrl === undefined ? [] : [redisUrl])];
      const child = fork(new URL('./jobs/testing/worker-process.js', import.meta.url), args);
      workers.add(child);
      await new Promise((resolve) => child.once('message', resolve));
      return child;
    }

    async function kill(child: ChildProcess): Promise<void> {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
      workers.delete(child);
    }

    const push = async () => new Set(await bench.scans(await bench.repository(), new Array(20).fill({})));
    const rowsOf = async (scanIds: ReadonlySet<string>) => (await bench.rows()).filter(({ id }) => scanIds.has(id));
    const some = async (scanIds: ReadonlySet<string>, state: string) =>
      (await rowsOf(scanIds)).some((row) => row.state === state);

    async function expectAllDoneOnce(scanIds: ReadonlySet<string>): Promise<void> {
      await until(async () => (await rowsOf(scanIds)).every(({ finished_at }) => finished_at !== null));
      const rows = await rowsOf(scanIds);
      expect(rows.map(({ state }) => state)).toEqual(rows.map(() => 'done'));
      // What is recorded with a scan's end is there once each.
      expect(rows.map(({ priority }) => priority)).toEqual(rows.map(() => 1));
    }

    test('a worker killed in the middle: another ends them all, none twice', async () => {
      const scanIds = await push();
      // It may be between two scans when the signal comes: then another one is killed.
      for (let isCaught = false; !isCaught; isCaught = await some(scanIds, 'running')) {
        const worker = await startProcess();
        await until(() => some(scanIds, 'running'));
        await kill(worker);
      }
      await startProcess();
      await expectAllDoneOnce(scanIds);
      expect((await rowsOf(scanIds)).some(({ attempts }) => attempts === 2)).toBe(true);
    });

    test('two workers killed one after the other, the queue emptied in between', async () => {
      const [first, second] = await Promise.all([startProcess(), startProcess()]);
      const scanIds = await push();
      await until(() => some(scanIds, 'running'));
      await kill(first);
      await engine.empty();
      await sleep(100);
      await kill(second);
      await engine.empty();
      await startProcess();
      await expectAllDoneOnce(scanIds);
    });

    test('the database and the queue restarted in the middle: the workers go on by themselves', async () => {
      await Promise.all([startProcess(), startProcess()]);
      const scanIds = await push();
      await until(() => some(scanIds, 'done'));
      await postgres.stop();
      await engine.restart();
      await sleep(1.2 * quick.leaseMs); // Longer than a lease: what ran is not theirs any more.
      await serve();
      await expectAllDoneOnce(scanIds);
      expect([...workers].map(({ exitCode }) => exitCode)).toEqual([null, null]);
    });
  });
}
