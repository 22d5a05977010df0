import { setTimeout as delay } from 'node:timers/promises';

/** How often an idempotent request is tried in all, and how long to wait between: full jitter below a doubling bound. */
export interface Retry {
  readonly attempts: number;
  readonly baseMs: number;
  /** No single wait is longer; a `Retry-After` beyond it ends the trying. */
  readonly capMs: number;
}

/** Where time and chance come from; tests put their own. */
export interface Timing {
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export const systemTiming: Timing = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
  random: () => Math.random(),
};

/** Milliseconds to wait after the `failures`th failure (1 first): between half and all of base × 2^(failures−1). */
export function backoffMs(failures: number, { baseMs, capMs }: Retry, random: number): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(bound / 2 + (bound / 2) * random);
}

/**
 * Milliseconds that a `Retry-After` asks for, seconds or an HTTP date; null when there is none that can be read.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3,9},? /.test(text)) return null; // Date.parse alone would take too much for a date.
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** Statuses after which the same request may succeed. */
export function isRetryableStatus(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 505);
}
