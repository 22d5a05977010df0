import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../open.ts';
import * as ledger from '../ledger.ts';
import { type BenchRepository, LedgerBench } from './testing/ledger-bench.ts';

let store: Store;
let bench: LedgerBench;
let repository: BenchRepository;

beforeAll(async () => {
  bench = await LedgerBench.open();
  store = bench.store;
  repository = await bench.repository();
});
afterAll(() => bench.close());

const ended = { state: 'done', reasonCode: null, reason: null, progress: null } as const;
const resolved = { resolvedDigest: 'sha256:r', resolvedMediaType: 'application/vnd.oci.image.manifest.v1+json' };
const progress = { layersDone: 2, layersTotal: 4, bytesDone: 10, bytesTotal: 40 };

async function handOut(of: BenchRepository = repository) {
  await bench.scans(of, [{}]);
  const [job] = await store.asSystem((tx) => ledger.take(tx, 1_000));
  return job ?? { scanId: '', attempt: 0 };
}

const claim = (job: ledger.HandedOut, owner: string = randomUUID(), leaseMs = 60_000) =>
  store.asSystem((tx) => ledger.claim(tx, { ...job, owner, leaseMs, deadlineMs: 120_000 }));
const renew = (scanId: string, owner: string, said: typeof progress | null = null) =>
  store.asSystem((tx) => ledger.renew(tx, scanId, owner, 60_000, said));
const finish = (scanId: string, owner: string) =>
  store.asSystem((tx) => ledger.finish(tx, scanId, owner, { ...ended, ...resolved }));

describe('claiming', () => {
  test('of many workers at once exactly one gets a scan', async () => {
    for (let round = 0; round < 15; round++) {
      const job = await handOut();
      const answers = await Promise.all(Array.from({ length: 6 }, () => claim(job)));
      expect(answers.filter((work) => work !== null)).toHaveLength(1);
    }
  });

  test('tells what to scan, counts the attempt and sets the lease', async () => {
    const job = await handOut();
    expect(await claim(job)).toMatchObject({ ...repository, scanId: job.scanId, tag: null, cause: 'push', attempt: 1 });
    const row = await bench.row(job.scanId);
    expect(row).toMatchObject({ state: 'running', attempts: 1 });
    expect(row.lease_in_ms).toBeGreaterThan(50_000);
  });

  test('a job of an earlier handing out gets nothing', async () => {
    const job = await handOut();
    await bench.change(job.scanId, `state = 'waiting'`);
    const [again = job] = await store.asSystem((tx) => ledger.take(tx, 1_000));
    expect(again).toEqual({ scanId: job.scanId, attempt: 2 });
    expect(await claim(job)).toBeNull();
    expect(await claim(again)).not.toBeNull();
  });

  test('a scan that is over, or was never there, is nobody’s', async () => {
    const job = await handOut();
    const owner = randomUUID();
    await claim(job, owner);
    await finish(job.scanId, owner);
    expect(await claim(job)).toBeNull();
    expect(await claim({ scanId: randomUUID(), attempt: 1 })).toBeNull();
  });

  test('of a repository that was opted out it ends, cancelled, with the reason', async () => {
    const other = await bench.repository();
    const job = await handOut(other);
    await bench.optOut(other);
    expect(await claim(job)).toBeNull();
    expect(await bench.row(job.scanId)).toMatchObject({
      state: 'cancelled',
      reason_code: 'repository_not_scanned',
      reason: 'The repository is not opted in.',
      attempts: 0,
    });
  });
});

describe('holding', () => {
  test('renewing extends the lease and notes the progress, for the owner alone', async () => {
    const job = await handOut();
    const owner = randomUUID();
    await claim(job, owner, 1_000);
    expect(await renew(job.scanId, randomUUID(), progress)).toBe('lost');
    expect(await bench.row(job.scanId)).toMatchObject({ layers_done: 0 });
    expect(await renew(job.scanId, owner, progress)).toBe('kept');
    expect(await renew(job.scanId, owner)).toBe('kept');
    const row = await bench.row(job.scanId);
    expect(row).toMatchObject({ layers_done: 2 });
    expect(row.lease_in_ms).toBeGreaterThan(50_000);
  });

  test('renewing says when the repository was opted out', async () => {
    const other = await bench.repository();
    const job = await handOut(other);
    const owner = randomUUID();
    await claim(job, owner);
    await bench.optOut(other);
    expect(await renew(job.scanId, owner)).toBe('opted-out');
  });

  test('only the owner ends a scan, and only once', async () => {
    const job = await handOut();
    const owner = randomUUID();
    await claim(job, owner);
    expect(await finish(job.scanId, randomUUID())).toBe(false);
    expect(await finish(job.scanId, owner)).toBe(true);
    expect(await finish(job.scanId, owner)).toBe(false);
    expect(await bench.row(job.scanId)).toMatchObject({
      state: 'done',
      resolved_digest: 'sha256:r',
      lease_in_ms: null,
    });
    expect(await renew(job.scanId, owner)).toBe('lost');
  });

  test('who lost the lease cannot end the scan of the next owner', async () => {
    const job = await handOut();
    const [late, next] = [randomUUID(), randomUUID()];
    await claim(job, late);
    await bench.change(job.scanId, `lease_until = now() - interval '1 s'`);
    await store.asSystem((tx) => ledger.sweep(tx, { attemptsMax: 5, delayMs: 0, queuedMs: 60_000 }));
    const jobs = await store.asSystem((tx) => ledger.take(tx, 1_000));
    await claim(jobs.find(({ scanId }) => scanId === job.scanId) ?? job, next);
    expect(await finish(job.scanId, late)).toBe(false);
    expect(await renew(job.scanId, late)).toBe('lost');
    expect(await bench.row(job.scanId)).toMatchObject({ state: 'running', attempts: 2 });
    expect(await finish(job.scanId, next)).toBe(true);
  });
});
