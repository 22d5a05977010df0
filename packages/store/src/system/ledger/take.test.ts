import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../open.ts';
import * as ledger from '../ledger.ts';
import { LedgerBench } from './testing/ledger-bench.ts';

let store: Store;
let bench: LedgerBench;

beforeAll(async () => {
  bench = await LedgerBench.open();
  store = bench.store;
});
afterAll(() => bench.close());

const take = (window: number, from: Store = store) => from.asSystem((tx) => ledger.take(tx, window));
const some = (count: number) => Array.from({ length: count }, () => ({}));

describe('handing out', { timeout: 30_000 }, () => {
  beforeEach(() => bench.endAll());

  test('an organization with a thousand scans does not keep another with one waiting', async () => {
    const [busy, calm] = [await bench.repository(), await bench.repository()];
    await bench.scans(busy, some(1000));
    await take(8);
    const [late = ''] = await bench.scans(calm, some(1));
    await bench.change((await bench.rows()).find(({ state }) => state === 'queued')?.id ?? '', `state = 'waiting'`);
    expect(await take(8)).toEqual([{ scanId: late, attempt: 1 }]);
  });

  test('goes by priority inside an organization, then by the time of being due, and leaves what is not due', async () => {
    const repository = await bench.repository();
    const [first, second, urgent] = await bench.scans(repository, [
      {},
      {},
      { priority: 5 },
      { priority: 9, dueInMs: 60_000 },
    ]);
    expect((await take(1)).map(({ scanId }) => scanId)).toEqual([urgent]);
    expect((await take(2)).map(({ scanId }) => scanId)).toEqual([first]);
    expect((await take(9)).map(({ scanId }) => scanId)).toEqual([second]);
    expect(await take(9)).toEqual([]);
  });

  test('never lets more than the window be queued, however many hand out at once, and nothing twice', async () => {
    const window = 5;
    const repositories = await Promise.all(some(3).map(() => bench.repository()));
    for (const repository of repositories) await bench.scans(repository, some(20));
    const stores = some(3).map(() => openStore({ url: bench.url, connectionsMax: 2 }));
    const queuedAtOnce: number[] = [];
    const taken: string[] = [];
    await Promise.all(
      stores.map(async (one) => {
        while (taken.length < 60) {
          const jobs = await one.asSystem(async (tx) => {
            const handedOut = await ledger.take(tx, window);
            // Nobody else can hand out before this is committed: what is counted here is what there is.
            queuedAtOnce.push((await ledger.counts(tx)).queued);
            return handedOut;
          });
          taken.push(...jobs.map(({ scanId }) => scanId));
          for (const job of jobs) {
            await sleep(Math.random() * 3);
            const claim = { ...job, owner: job.scanId, leaseMs: 60_000, deadlineMs: 60_000 };
            expect(await one.asSystem((tx) => ledger.claim(tx, claim))).not.toBeNull();
          }
        }
      }),
    );
    await Promise.all(stores.map((one) => one.close()));
    expect(Math.max(...queuedAtOnce)).toBe(window);
    expect(new Set(taken).size).toBe(60);
    expect(taken.length).toBe(60);
  });

  test('waits for another that hands out, and counts what that one has', async () => {
    const repository = await bench.repository();
    await bench.scans(repository, some(5));
    let second: Promise<ledger.HandedOut[]> = Promise.resolve([]);
    const first = await store.asSystem(async (tx) => {
      const jobs = await ledger.take(tx, 5);
      // Others than those that the first has just locked.
      await bench.scans(repository, new Array(5).fill({ priority: 9 }));
      second = take(5);
      await sleep(100);
      return jobs;
    });
    expect([first.length, (await second).length]).toEqual([5, 0]);
  });

  test('fills up those who have least in flight first, whatever the load', async () => {
    const repositories = await Promise.all(some(4).map(() => bench.repository()));
    const load = fc.array(fc.record({ waiting: fc.nat(9), inFlight: fc.nat(4) }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(load, fc.integer({ min: 1, max: 20 }), async (organizations, room) => {
        await bench.endAll();
        let queued = 0;
        for (const [index, { waiting, inFlight }] of organizations.entries()) {
          const repository = repositories[index];
          if (repository === undefined) continue;
          const ids = await bench.scans(repository, some(waiting + inFlight));
          await bench.queue(repository, ids.slice(waiting));
          queued += inFlight;
        }
        const taken = new Set((await take(queued + room)).map(({ scanId }) => scanId));
        const rows = await bench.rows();
        const outcome = repositories.map(({ organizationId }) => {
          const own = rows.filter((row) => row.organization_id === organizationId);
          return {
            has: own.filter(({ state }) => state === 'queued').length,
            got: own.filter(({ id }) => taken.has(id)).length,
            waits: own.some(({ state }) => state === 'waiting'),
          };
        });
        const due = organizations.reduce((sum, { waiting }) => sum + waiting, 0);
        expect(taken.size).toBe(Math.min(room, due));
        // Nobody who still waits has less than somebody who got something had before the last of it.
        const poorest = Math.min(...outcome.filter(({ waits }) => waits).map(({ has }) => has));
        for (const { has, got } of outcome) if (got > 0) expect(has - 1).toBeLessThanOrEqual(poorest);
      }),
      { numRuns: 25 },
    );
  });
});
