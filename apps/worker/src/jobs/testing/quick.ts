import type { ScanOutcome } from '../scan-work.ts';
import { defaultJobSettings, type JobSettings } from '../settings.ts';

/** Test support: everything sooner, so that what takes a minute is seen in a second. */
export const quick: JobSettings = {
  ...defaultJobSettings,
  concurrency: 3,
  window: 8,
  leaseMs: 1_000,
  deadlineMs: 20_000,
  dispatchMs: 100,
  sweepMs: 100,
  queuedMs: 400,
  graceMs: 500,
  retryMs: 5,
};

export const done: ScanOutcome = {
  state: 'done',
  reasonCode: null,
  reason: null,
  resolvedDigest: null,
  resolvedMediaType: null,
};

/** Rejects as the work that it stands for would when it is stopped. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
