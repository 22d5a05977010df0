import { AppError, errorTable } from '@soupcon/model';
import { abortedBy, backoffMs, isTransient, type Retry, type Timing } from '@soupcon/net';

/**
 * Does again what failed in a way that may go away by itself, as often as `retry` says. For work that may be done twice:
 * an upload that was cut is begun anew, a manifest that was put is the same manifest.
 */
export async function again<T>(
  work: () => Promise<T>,
  { retry, timing, signal, name }: { retry: Retry; timing: Timing; signal: AbortSignal | undefined; name: string },
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      const waitMs = waitAfter(error, failures, retry, timing);
      if (waitMs === null || signal?.aborted) throw error;
      await timing.sleep(waitMs, signal).catch((stopped: unknown) => {
        throw signal?.aborted ? abortedBy(signal, name) : stopped;
      });
    }
  }
}

/** Null when the error is final: another try would meet it again, or was promised for later than we wait. */
function waitAfter(error: unknown, failures: number, retry: Retry, timing: Timing): number | null {
  if (!(error instanceof AppError) || failures >= retry.attempts) return null;
  const { status, retryAfterMs } = error.detail;
  const isAnswer = typeof status === 'number' && errorTable[error.code].retry === 'backoff';
  if (!isAnswer && !isTransient(error)) return null;
  if (typeof retryAfterMs !== 'number') return backoffMs(failures, retry, timing.random());
  return retryAfterMs > retry.capMs ? null : retryAfterMs;
}
