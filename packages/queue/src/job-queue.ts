/** A scan to work on, by the ledger's id; `attempt` counts the times it was handed out. Together they name the job. */
export interface ScanJob {
  readonly scanId: string;
  readonly attempt: number;
}

export interface Workers {
  /** Aborts the signal of every job that is being worked on and waits until their handlers have ended. */
  close(): Promise<void>;
}

/**
 * How the ledger's scans reach a worker: at least once, in the order they were added, while the engine lives. Nothing is
 * kept here that the ledger does not know, so losing all of it loses nothing.
 */
export interface JobQueue {
  readonly backend: 'postgres' | 'redis';
  /**
   * Adds what is not there yet, waiting or being worked on; a job that has ended may be added again.
   * @throws {AppError} `queue_unavailable`; some of the jobs may have been added.
   */
  add(jobs: readonly ScanJob[]): Promise<void>;
  /**
   * Calls the handler for one job after the other, `concurrency` at once. A handler that throws has ended its job, too:
   * trying again is the ledger's decision.
   * @throws {AppError} `queue_unavailable`
   */
  work(
    handler: (job: ScanJob, signal: AbortSignal) => Promise<void>,
    options: { concurrency: number },
  ): Promise<Workers>;
  /** @throws {AppError} `queue_unavailable` */
  ping(): Promise<void>;
  /** Jobs that nobody works on yet. @throws {AppError} `queue_unavailable` */
  depth(): Promise<number>;
  close(): Promise<void>;
}
