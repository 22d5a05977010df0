import { AppError, type Logger, type ScanProgress } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';

/** Why a scan was cut short. */
export type Cut = 'lost' | 'opted-out' | 'deadline' | 'stopping';

export interface LeaseOptions {
  readonly store: Store;
  readonly scanId: string;
  readonly owner: string;
  readonly leaseMs: number;
  readonly deadlineMs: number;
  /** Aborted when the process is stopping. */
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

/** At least so often, although the lease would bear more: progress is seen, and an opting out takes effect. */
const renewMsMax = 1_000;

/**
 * A worker's hold on a scan. Renews it in the ledger, with the progress, until {@link Lease.release}, and aborts the
 * signal when the scan is to be cut short. Renewals that fail are tried again: the hold is lost only when the ledger says
 * so, or when the lease has run out without an answer, for then it may be somebody else's.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #abort = new AbortController();
  readonly #deadline: NodeJS.Timeout;
  readonly #onStopping = () => this.#cutShort('stopping');
  #expiry: NodeJS.Timeout;
  #next: NodeJS.Timeout | undefined;
  #progress: ScanProgress | null = null;
  #cut: Cut | null = null;
  #isReleased = false;

  constructor(options: LeaseOptions) {
    const { leaseMs, deadlineMs, stopping } = options;
    this.#options = options;
    this.#expiry = setTimeout(() => this.#cutShort('lost'), leaseMs);
    this.#deadline = setTimeout(() => this.#cutShort('deadline'), deadlineMs);
    stopping.addEventListener('abort', this.#onStopping);
    if (stopping.aborted) this.#onStopping();
    this.#plan();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Null while nothing cuts the scan short. */
  get cut(): Cut | null {
    return this.#cut;
  }

  /** What was said last. */
  get progress(): ScanProgress | null {
    return this.#progress;
  }

  note(progress: ScanProgress): void {
    this.#progress = progress;
  }

  /** No renewals and no abort from here on. */
  release(): void {
    this.#isReleased = true;
    for (const timer of [this.#expiry, this.#deadline, this.#next]) clearTimeout(timer);
    this.#options.stopping.removeEventListener('abort', this.#onStopping);
  }

  #plan(): void {
    if (this.#isReleased) return;
    this.#next = setTimeout(() => void this.#renew(), Math.min(this.#options.leaseMs / 3, renewMsMax));
  }

  async #renew(): Promise<void> {
    const { store, scanId, owner, leaseMs, logger } = this.#options;
    const askedAt = performance.now();
    try {
      const answer = await store.asSystem((tx) => system.ledger.renew(tx, scanId, owner, leaseMs, this.#progress));
      if (answer !== 'kept') return this.#cutShort(answer);
      this.#prolong(leaseMs - (performance.now() - askedAt));
    } catch (error) {
      logger.debug({ err: error }, 'lease renewal failed');
    }
    this.#plan();
  }

  #prolong(ms: number): void {
    if (this.#isReleased) return;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#cutShort('lost'), ms);
  }

  #cutShort(cut: Cut): void {
    if (this.#cut !== null || this.#isReleased) return;
    this.#cut = cut;
    this.#abort.abort(new AppError(cut === 'deadline' ? 'deadline_exceeded' : 'aborted', { detail: { cut } }));
  }
}
