import { type Logger, silentLogger } from '@soupcon/model';
import type { JobQueue } from '@soupcon/queue';
import { type Store, system } from '@soupcon/store';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Settled } from './jobs/settle.ts';

/** What a worker says about itself, for Prometheus. */
export interface WorkerMetrics {
  readonly registry: Registry;
  began(waitedMs: number): void;
  ended(state: Settled, durationMs: number): void;
}

export interface MetricsOptions {
  readonly store: Store;
  readonly queue: JobQueue;
  readonly logger?: Logger;
  readonly registry?: Registry;
}

/** Everything in a registry of its own, or in one that is given: a process may show several together. */
export function createWorkerMetrics({
  store,
  queue,
  logger = silentLogger,
  registry = new Registry(),
}: MetricsOptions): WorkerMetrics {
  const registers = [registry];
  const waited = new Histogram({
    name: 'soupcon_scan_waited_seconds',
    help: 'From when a scan was due until a worker began it.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600],
    registers,
  });
  const lasted = new Histogram({
    name: 'soupcon_scan_duration_seconds',
    help: 'From the beginning of an attempt to its end.',
    labelNames: ['state'],
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800],
    registers,
  });
  const attempts = new Counter({
    name: 'soupcon_scan_attempts_total',
    help: 'Attempts by what became of the scan; lost: another worker has it.',
    labelNames: ['state'],
    registers,
  });
  gauges({ store, queue, logger }, registers);
  return {
    registry,
    began: (waitedMs) => waited.observe(waitedMs / 1000),
    ended: (state, durationMs) => {
      attempts.inc({ state });
      lasted.observe({ state }, durationMs / 1000);
    },
  };
}

/** Read from the ledger and the queue when they are asked for; what does not answer then is left out. */
function gauges({ store, queue, logger }: Required<Omit<MetricsOptions, 'registry'>>, registers: Registry[]): void {
  const reading = (gauge: string, read: () => Promise<void>) => async () => {
    try {
      await read();
    } catch (error) {
      logger.debug({ gauge, err: error }, 'gauge not read');
    }
  };
  const oldest = new Gauge({
    name: 'soupcon_scans_oldest_waiting_seconds',
    help: 'How long the scan that is due longest has been.',
    registers,
  });
  const open: Gauge<'state'> = new Gauge({
    name: 'soupcon_scans_open',
    help: 'Scans that are not over, by state.',
    labelNames: ['state'],
    registers,
    collect: reading('soupcon_scans_open', async () => {
      const { oldestWaitingS, ...byState } = await store.asSystem(system.ledger.counts);
      for (const [state, rows] of Object.entries(byState)) open.set({ state }, rows);
      oldest.set(oldestWaitingS);
    }),
  });
  const depth: Gauge = new Gauge({
    name: 'soupcon_queue_depth',
    help: 'Jobs in the queue that nobody works on yet.',
    registers,
    collect: reading('soupcon_queue_depth', async () => depth.set(await queue.depth())),
  });
}
