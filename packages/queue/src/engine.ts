import type { Queue, Worker } from 'bullmq';
import type { ScanJob } from './job-queue.ts';

/** Of the library's queue, what is used here, whatever it stands on. */
export type BullQueue = Pick<Queue<ScanJob, void, string>, 'add' | 'getWaitingCount' | 'close'> & Events;
export type BullWorker = Pick<Worker<ScanJob, void, string>, 'close' | 'pause'> & Events;

interface Events {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
}

/** What differs between Postgres and Redis. */
export interface Engine {
  readonly backend: 'postgres' | 'redis';
  queue(): BullQueue;
  worker(process: (job: { data: unknown }) => Promise<void>, concurrency: number): BullWorker;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export const queueName = 'scans';

export const queueOptions = {
  // Whoever ends a job ends it for good, and its name is free again: trying again is the ledger's decision.
  defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  // Nobody reads the library's events: the ledger has the states.
  streams: { events: { maxLen: 100 } },
};

/**
 * How soon a job is handed to another worker when its own was killed. Short, because a job that is handed out although
 * its worker lives costs nothing: the ledger's lease decides who has the scan.
 */
export const workerOptions = {
  lockDuration: 3_000,
  stalledInterval: 2_000,
  maxStalledCount: 1_000_000,
  drainDelay: 5,
  runRetryDelay: 500,
};
