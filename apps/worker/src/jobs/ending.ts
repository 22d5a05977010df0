import { AppError, type ErrorCode, errorTable, type ScanProgress } from '@soupcon/model';
import type { system } from '@soupcon/store';
import type { Cut } from './lease.ts';
import type { ScanOutcome } from './scan-work.ts';

/** What is to be written about a scan that ran. */
export type Ending =
  | { readonly kind: 'end'; readonly end: system.ledger.ScanEnd; readonly record?: ScanOutcome['record'] }
  | { readonly kind: 'retry'; readonly reason: system.ledger.Reason; readonly delayMs: number }
  | { readonly kind: 'give-back' }
  | { readonly kind: 'lost' };

const delayMsMax = 10 * 60_000;
const reasonLengthMax = 1_000;

export function endingOfOutcome(outcome: ScanOutcome, progress: ScanProgress | null): Ending {
  const { record, ...end } = outcome;
  const reason = end.reason === null ? null : sentence(end.reason);
  return { kind: 'end', end: { ...end, reason, progress }, ...(record === undefined ? {} : { record }) };
}

/** What the table of errors says comes next. Anything that is not in it is our own fault, and another try may do. */
export function endingOfError(error: unknown, attempt: number, retryMs: number): Ending {
  const reason = reasonOf(error);
  // Nothing of ours has stopped it, or it would not be asked here: as if it had failed.
  const isStopped = reason.code === 'aborted';
  if (isStopped || errorTable[reason.code].retry === 'backoff') {
    return { kind: 'retry', reason, delayMs: Math.max(retryDelayMs(attempt, retryMs), wishedDelayMs(error)) };
  }
  return ended(reason.code === 'manifest_unsupported' ? 'skipped' : 'failed', reason);
}

/** What comes of a scan that was cut short. */
export function endingOfCut(cut: Cut): Ending {
  switch (cut) {
    case 'lost':
      return { kind: 'lost' };
    case 'stopping':
      return { kind: 'give-back' };
    case 'opted-out':
      return ended('cancelled', reasonOf(new AppError('repository_not_scanned')));
    case 'deadline':
      return ended('failed', reasonOf(new AppError('deadline_exceeded')));
  }
}

/** Before attempt `attempt` + 1: four times as long each time, less up to a half, so that what failed together spreads out. */
export function retryDelayMs(attempt: number, retryMs: number, random = Math.random()): number {
  return Math.round(Math.min(retryMs * 4 ** (attempt - 1), delayMsMax) * (1 - random / 2));
}

/** What the other side has asked for (`Retry-After`), within reason. */
function wishedDelayMs(error: unknown): number {
  const wished = error instanceof AppError ? error.detail['retryAfterMs'] : null;
  return typeof wished === 'number' ? Math.min(wished, delayMsMax) : 0;
}

function ended(state: 'failed' | 'skipped' | 'cancelled', { code, text }: system.ledger.Reason): Ending {
  const nothing = { resolvedDigest: null, resolvedMediaType: null, progress: null };
  return { kind: 'end', end: { state, reasonCode: code, reason: text, ...nothing } };
}

/** A code and a sentence for people; what a fault of ours says is for the log alone. */
function reasonOf(error: unknown): { code: ErrorCode; text: string } {
  if (!(error instanceof AppError))
    return { code: 'unexpected_fault', text: `${errorTable.unexpected_fault.message}.` };
  return { code: error.code, text: sentence(error.message) };
}

/** Postgres takes no NUL in a text, and what an error is about may come from an image. */
function sentence(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').slice(0, reasonLengthMax);
}
