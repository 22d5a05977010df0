import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../open.ts';
import * as ledger from '../ledger.ts';
import { type BenchRepository, type BenchScan, LedgerBench } from './testing/ledger-bench.ts';

let store: Store;
let bench: LedgerBench;
let repository: BenchRepository;

beforeAll(async () => {
  bench = await LedgerBench.open();
  store = bench.store;
});
beforeEach(async () => {
  repository = await bench.repository();
});
afterAll(() => bench.close());

const reason = { code: 'registry_unavailable', text: 'The registry did not answer.' } as const;
const once = { attemptsMax: 5, delayMs: 10_000, queuedMs: 60_000 };
const sweep = (options = once) => store.asSystem((tx) => ledger.sweep(tx, options));

/** A scan that somebody works on. */
async function begin(scan: BenchScan = {}): Promise<{ scanId: string; owner: string }> {
  await bench.scans(repository, [scan]);
  return again();
}

async function again(): Promise<{ scanId: string; owner: string }> {
  const [job = { scanId: '', attempt: 0 }] = await store.asSystem((tx) => ledger.take(tx, 1_000));
  const owner = randomUUID();
  await store.asSystem((tx) => ledger.claim(tx, { ...job, owner, leaseMs: 60_000, deadlineMs: 60_000 }));
  return { scanId: job.scanId, owner };
}

const retryLater = ({ scanId, owner }: { scanId: string; owner: string }, delayMs = 0, attemptsMax = 3) =>
  store.asSystem((tx) => ledger.retryLater(tx, scanId, owner, reason, { delayMs, attemptsMax }));

describe('letting go of a scan', () => {
  test('tried again later, it waits until then and keeps the reason', async () => {
    const scan = await begin();
    expect(await retryLater(scan, 60_000)).toBe('waiting');
    const row = await bench.row(scan.scanId);
    expect(row).toMatchObject({ state: 'waiting', reason_code: reason.code, reason: reason.text, attempts: 1 });
    expect(row.due_in_ms).toBeGreaterThan(50_000);
    expect(await store.asSystem((tx) => ledger.take(tx, 1_000))).toEqual([]);
  });

  test('tried as often as may be, it has failed', async () => {
    expect(await retryLater(await begin())).toBe('waiting');
    expect(await retryLater(await again())).toBe('waiting');
    const last = await again();
    expect(await retryLater(last)).toBe('failed');
    expect(await bench.row(last.scanId)).toMatchObject({ state: 'failed', reason_code: reason.code, attempts: 3 });
  });

  test('given back, it waits at once, the attempt is not counted, and the next handing out is another', async () => {
    const { scanId, owner } = await begin();
    expect(await store.asSystem((tx) => ledger.giveBack(tx, scanId, owner))).toBe('waiting');
    expect(await bench.row(scanId)).toMatchObject({ state: 'waiting', attempts: 0, reason_code: null });
    expect(await store.asSystem((tx) => ledger.take(tx, 1_000))).toEqual([{ scanId, attempt: 2 }]);
  });

  test('by somebody who does not have it, nothing happens', async () => {
    const { scanId } = await begin();
    const owner = randomUUID();
    expect(await retryLater({ scanId, owner })).toBe('lost');
    expect(await store.asSystem((tx) => ledger.giveBack(tx, scanId, owner))).toBe('lost');
    expect(await bench.row(scanId)).toMatchObject({ state: 'running' });
  });

  test.each(['retryLater', 'giveBack', 'sweep'])('%s: a later scan of the same tag takes its place', async (way) => {
    const { scanId, owner } = await begin({ tag: 'latest', digest: null });
    const [later] = await bench.scans(repository, [{ tag: 'latest', digest: null }]);
    if (way === 'retryLater') await retryLater({ scanId, owner });
    if (way === 'giveBack') await store.asSystem((tx) => ledger.giveBack(tx, scanId, owner));
    if (way === 'sweep') await bench.change(scanId, `lease_until = now() - interval '1 s'`);
    await sweep();
    expect(await bench.row(scanId)).toMatchObject({ state: 'cancelled', reason_code: 'scan_superseded' });
    expect(await bench.row(later ?? '')).toMatchObject({ state: 'waiting' });
    await begin(); // Takes the later one out of the way of the next test.
  });
});

describe('sweeping', () => {
  test('what a dead worker had waits again, longer each time, and has failed at last', async () => {
    let scan = await begin();
    const delays: number[] = [];
    for (let attempt = 1; attempt < 3; attempt++) {
      await bench.change(scan.scanId, `lease_until = now() - interval '1 s'`);
      expect(await sweep({ ...once, attemptsMax: 3 })).toMatchObject({ expired: 1, overdue: 0, cancelled: 0 });
      const row = await bench.row(scan.scanId);
      expect(row).toMatchObject({ state: 'waiting', attempts: attempt, reason_code: 'scan_interrupted' });
      delays.push(Math.max(0, Math.round(row.due_in_ms / 1_000)));
      await bench.change(scan.scanId, 'due_at = now()');
      scan = await again();
    }
    await bench.change(scan.scanId, `lease_until = now() - interval '1 s'`);
    await sweep({ ...once, attemptsMax: 3 });
    expect(delays).toEqual([0, 10]);
    expect(await bench.row(scan.scanId)).toMatchObject({
      state: 'failed',
      reason_code: 'scan_interrupted',
      reason: 'The worker ended during the scan.',
    });
  });

  test('what is past its deadline has failed, its lease notwithstanding', async () => {
    const { scanId, owner } = await begin();
    await bench.change(scanId, `deadline_at = now() - interval '1 s'`);
    expect(await sweep()).toMatchObject({ overdue: 1, expired: 0 });
    expect(await bench.row(scanId)).toMatchObject({ state: 'failed', reason_code: 'deadline_exceeded' });
    expect(await store.asSystem((tx) => ledger.renew(tx, scanId, owner, 1_000, null))).toBe('lost');
  });

  test('what somebody works on is left alone', async () => {
    const { scanId } = await begin();
    await sweep();
    expect(await bench.row(scanId)).toMatchObject({ state: 'running' });
  });

  test('what has been queued for long is named, with the same attempt, and not again at once', async () => {
    const [scanId] = await bench.scans(repository, [{}]);
    await store.asSystem((tx) => ledger.take(tx, 1_000));
    expect((await sweep()).queued).toEqual([]);
    await bench.change(scanId ?? '', `queued_at = now() - interval '2 min'`);
    expect((await sweep()).queued).toEqual([{ scanId, attempt: 1 }]);
    expect((await sweep()).queued).toEqual([]);
  });

  test('of a repository that was opted out, what waits and what is queued is cancelled', async () => {
    await bench.scans(repository, [{}, {}]);
    await store.asSystem((tx) => ledger.take(tx, 1));
    await bench.optOut(repository);
    expect(await sweep()).toMatchObject({ cancelled: 2 });
    const own = (await bench.rows()).filter(({ organization_id }) => organization_id === repository.organizationId);
    expect(own.map(({ state, reason_code }) => [state, reason_code])).toEqual([
      ['cancelled', 'repository_not_scanned'],
      ['cancelled', 'repository_not_scanned'],
    ]);
  });

  test('many sweepers at once count an attempt once', async () => {
    const { scanId } = await begin();
    await bench.change(scanId, `lease_until = now() - interval '1 s'`);
    const swept = await Promise.all(Array.from({ length: 5 }, () => sweep()));
    expect(swept.reduce((sum, { expired }) => sum + expired, 0)).toBe(1);
    expect(await bench.row(scanId)).toMatchObject({ state: 'waiting', attempts: 1 });
  });
});

describe('asking', () => {
  test('children of an index that was scanned are done, those with a tag and those of others are not', async () => {
    const [child, tagged, other] = await bench.scans(repository, [
      { digest: 'sha256:child' },
      { digest: 'sha256:child', tag: 'v1' },
      { digest: 'sha256:other' },
    ]);
    const elsewhere = await bench.repository();
    const [foreign] = await bench.scans(elsewhere, [{ digest: 'sha256:child' }]);
    const by = randomUUID();
    const digests = ['sha256:child', 'sha256:unknown'];
    expect(await store.asSystem((tx) => ledger.coverChildren(tx, repository.repositoryId, digests, by))).toBe(1);
    const states = await Promise.all(
      [child, tagged, other, foreign].map(async (id) => (await bench.row(id ?? '')).state),
    );
    expect(states).toEqual(['done', 'waiting', 'waiting', 'waiting']);
    const row = await bench.row(child ?? '');
    expect(row.resolved_digest).toBe('sha256:child');
    expect(row.reason).toContain(by);
  });

  test('counts say what is not over and how long the oldest has been due', async () => {
    const before = await store.asSystem(ledger.counts);
    const [old] = await bench.scans(repository, [{}, { dueInMs: 60_000 }]);
    await bench.change(old ?? '', `due_at = now() - interval '1000 s'`);
    const after = await store.asSystem(ledger.counts);
    expect(after.waiting).toBe(before.waiting + 2);
    expect(after.oldestWaitingS).toBeGreaterThan(999);
    expect(after.oldestWaitingS).toBeLessThan(1_100);
  });
});
