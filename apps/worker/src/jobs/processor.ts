import { randomUUID } from 'node:crypto';
import { AppError, type Logger } from '@soupcon/model';
import type { ScanJob } from '@soupcon/queue';
import { type Store, system } from '@soupcon/store';
import type { WorkerMetrics } from '../metrics.ts';
import { type Ending, endingOfCut, endingOfError, endingOfOutcome } from './ending.ts';
import { Lease } from './lease.ts';
import { withFields } from './log-fields.ts';
import type { ScanContext, ScanOutcome, ScanRunner, ScanWork } from './scan-work.ts';
import type { JobSettings } from './settings.ts';
import { settle } from './settle.ts';

export interface ProcessorOptions {
  readonly store: Store;
  readonly run: ScanRunner;
  readonly settings: JobSettings;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
  /** Called when a scan has left the queue and when it has ended: there may be room for another. */
  readonly onRoom: () => void;
}

/** Works on one job of the queue: claims the scan, runs it under a lease, and writes in the ledger how it ended. */
export function createProcessor(options: ProcessorOptions): (job: ScanJob, stopping: AbortSignal) => Promise<void> {
  const { store, settings, logger, metrics, onRoom } = options;
  return async (job, stopping) => {
    const owner = randomUUID();
    const claimed = await claim(options, job, owner);
    onRoom();
    if (claimed === null) return;
    const { waitedMs, ...work } = claimed;
    const { scanId, organizationId, repositoryId } = work;
    const log = withFields(logger, { scanId, organizationId, repositoryId });
    metrics.began(waitedMs);
    log.info({ tag: work.tag, digest: work.digest, attempt: work.attempt, waitedMs }, 'scan start');
    const startedAt = performance.now();
    const lease = new Lease({ store, scanId, owner, stopping, logger: log, ...settings });
    const ending = await runUnder(lease, work, options, log);
    lease.release();
    const state = await settle({ store, work, owner, ending, settings, stopping, logger: log });
    const durationMs = performance.now() - startedAt;
    metrics.ended(state, durationMs);
    log.info({ state, reasonCode: codeOf(ending), durationMs: Math.round(durationMs) }, 'scan end');
    onRoom();
  };
}

/** Null, too, when the database does not answer: the scan is still queued in the ledger and will come again. */
async function claim({ store, settings, logger }: ProcessorOptions, job: ScanJob, owner: string) {
  const { leaseMs, deadlineMs } = settings;
  try {
    return await store.asSystem((tx) => system.ledger.claim(tx, { ...job, owner, leaseMs, deadlineMs }));
  } catch (error) {
    logger.warn({ scanId: job.scanId, err: error }, 'scan not begun');
    return null;
  }
}

async function runUnder(
  lease: Lease,
  work: ScanWork,
  { run, settings }: ProcessorOptions,
  logger: Logger,
): Promise<Ending> {
  // The process was told to stop, or lost the scan, while it was claimed.
  if (lease.cut !== null) return endingOfCut(lease.cut);
  const context: ScanContext = { signal: lease.signal, logger, progress: (progress) => lease.note(progress) };
  try {
    const outcome = await untilWrittenOff(run(work, context), lease.signal, settings.graceMs, logger);
    // It ended by itself; only an opting out makes that void.
    return lease.cut === 'opted-out' ? endingOfCut(lease.cut) : endingOfOutcome(outcome, lease.progress);
  } catch (error) {
    if (lease.cut !== null) {
      logger.info({ cut: lease.cut }, 'scan cut short');
      return endingOfCut(lease.cut);
    }
    if (!(error instanceof AppError)) logger.error({ err: error }, 'scan failed unexpectedly');
    return endingOfError(error, work.attempt, settings.retryMs);
  }
}

/** The runner's answer, or a rejection when it does not heed the signal in time. */
async function untilWrittenOff(
  running: Promise<ScanOutcome>,
  signal: AbortSignal,
  graceMs: number,
  logger: Logger,
): Promise<ScanOutcome> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const writtenOff = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => {
        logger.error({ graceMs }, 'scan does not heed its signal');
        reject(signal.reason);
      }, graceMs);
    };
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([running, writtenOff]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}

function codeOf(ending: Ending): string | null {
  if (ending.kind === 'end') return ending.end.reasonCode;
  return ending.kind === 'retry' ? ending.reason.code : null;
}
