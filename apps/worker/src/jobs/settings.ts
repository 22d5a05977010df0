/** How a worker goes about its scans. */
export interface JobSettings {
  /** Scans at once in this process. */
  readonly concurrency: number;
  /** Scans that wait in the queue at most, all processes together: enough that no worker runs dry. */
  readonly window: number;
  /** A worker that has not been heard of for so long has lost its scan. */
  readonly leaseMs: number;
  /** An attempt that takes longer has failed. */
  readonly deadlineMs: number;
  /** A scan that was begun so often without an end has failed. */
  readonly attemptsMax: number;
  /** Between two looks for scans that are due, when nothing else wakes the dispatcher. */
  readonly dispatchMs: number;
  /** Between two looks for what was lost, about. */
  readonly sweepMs: number;
  /** What has been queued for longer is added to the queue again. */
  readonly queuedMs: number;
  /** A runner that has been told to end gets so long before its scan is written off without it. */
  readonly graceMs: number;
  /** Before a second attempt; four times as long before each further one. */
  readonly retryMs: number;
}

export const defaultJobSettings: JobSettings = {
  concurrency: 2,
  window: 8,
  leaseMs: 30_000,
  deadlineMs: 30 * 60_000,
  attemptsMax: 5,
  dispatchMs: 1_000,
  sweepMs: 5_000,
  queuedMs: 5_000,
  graceMs: 10_000,
  retryMs: 2_000,
};
