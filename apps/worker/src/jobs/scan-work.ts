import type { Logger, ScanCause, ScanProgress } from '@soupcon/model';
import type { SystemTx } from '@soupcon/store';

/** What a worker has claimed: the scan is its own until the signal says otherwise. */
export interface ScanWork {
  readonly scanId: string;
  readonly organizationId: string;
  readonly repositoryId: string;
  readonly tag: string | null;
  /** As asked for; null for a tag that has to be resolved. */
  readonly digest: string | null;
  readonly cause: ScanCause;
  /** How often it was begun, this time included. */
  readonly attempt: number;
}

/** How a scan ended that was not cut short. */
export interface ScanOutcome {
  readonly state: 'done' | 'skipped';
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly resolvedDigest: string | null;
  readonly resolvedMediaType: string | null;
  /**
   * Runs in the transaction that ends the scan, if the scan is still ours: what it writes and the scan's end are there
   * together or not at all. It may run more than once, when that transaction has to be repeated.
   */
  readonly record?: (tx: SystemTx) => Promise<void>;
}

export interface ScanContext {
  /** Aborted when the scan is not ours any more, its time is over, or the process is stopping: end soon. */
  readonly signal: AbortSignal;
  /** With the scan's ids in every line. */
  readonly logger: Logger;
  /** Costs nothing: what was said last is written once a second. */
  progress(progress: ScanProgress): void;
}

/**
 * Scans an image. What it throws decides what comes next: an {@link AppError} as the table of errors says (`backoff` is
 * tried again, `never` ends the scan as failed, `manifest_unsupported` as skipped), anything else is a fault of ours and
 * tried again, too. It must be safe to run twice.
 */
export type ScanRunner = (work: ScanWork, context: ScanContext) => Promise<ScanOutcome>;
