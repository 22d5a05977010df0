import { AppError } from '@soupcon/model';
import { toAppError } from './failure.ts';

/** The caller's signal and the total time of one attempt, joined into one signal that must be disposed of. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** What a failure under this deadline means: the caller's stop and the time's end come first. */
  explain(error: unknown, subject: string): AppError;
  /** Ends the attempt before its time. @param words what took too long, with its limit. */
  expire(words: string): void;
  dispose(): void;
}

/** @param totalMs null for no limit: only for bodies whose reader has a deadline of its own. */
export function createDeadline(signal: AbortSignal | undefined, totalMs: number | null): Deadline {
  const controller = new AbortController();
  let expired: { readonly words: string; readonly cause: 'total' | 'upload' } | null = null;
  const stop = () => controller.abort();
  const timer =
    totalMs === null
      ? undefined
      : setTimeout(() => {
          expired ??= { words: `not done after ${totalMs} ms`, cause: 'total' };
          stop();
        }, totalMs).unref();
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    explain(error, subject) {
      if (signal?.aborted) return abortedBy(signal, subject);
      if (expired === null) return toAppError(error, subject);
      const { words, cause } = expired;
      const detail = { failure: 'timeout', cause, transient: cause === 'upload' };
      return new AppError('request_timeout', { subject: `${subject}: ${words}`, cause: error, detail });
    },
    expire(words) {
      expired ??= { words, cause: 'upload' };
      stop();
    },
    dispose() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}

/**
 * Waits for what takes no signal itself, but no longer than the signal; leaves nothing on the signal behind.
 * @param reason what to fail with when the signal comes first.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal, reason: () => unknown): Promise<T> {
  let leave = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(reason());
  });
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** The reason an operation was stopped for when it is an {@link AppError}, else `aborted`. */
export function abortedBy(signal: AbortSignal, subject: string): AppError {
  const reason: unknown = signal.reason;
  return reason instanceof AppError ? reason : new AppError('aborted', { subject, cause: reason });
}
