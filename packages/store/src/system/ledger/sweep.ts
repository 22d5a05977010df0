import type { SystemTx } from '../../tx.ts';
import { letGo } from './let-go.ts';
import { interrupted, optedOut, overdue, superseded } from './reasons.ts';
import type { HandedOut } from './take.ts';

export interface Sweep {
  /** Whose worker ended without a word: they wait again, have failed for good, or were replaced. */
  readonly expired: number;
  readonly overdue: number;
  readonly cancelled: number;
  /** Queued for a while: add them to the queue again, it may have lost them. */
  readonly queued: readonly HandedOut[];
}

export interface SweepOptions {
  readonly attemptsMax: number;
  /** After a second lost worker the scan waits this long, four times as long after the third, and so on. */
  readonly delayMs: number;
  /** What was queued longer ago is returned. */
  readonly queuedMs: number;
}

/** Puts right what nobody else will. Several sweepers do not hinder each other. */
export async function sweep(tx: SystemTx, { attemptsMax, delayMs, queuedMs }: SweepOptions): Promise<Sweep> {
  const late = await tx.query({ name: 'ledger.sweepOverdue', text: overdueText, values: [overdue.code, overdue.text] });
  const expired = await tx.query({
    name: 'ledger.sweepExpired',
    text: letGo('s.lease_until < now()', {
      locking: 'for update skip locked',
      delayMs: '$5 * power(s.attempts - 1, 2)',
      uncounted: 0,
    }),
    values: [attemptsMax, superseded.code, interrupted.code, interrupted.text, delayMs],
  });
  const cancelled = await tx.query({
    name: 'ledger.sweepOptedOut',
    text: optedOutText,
    values: [optedOut.code, optedOut.text],
  });
  const queued = await tx.query<{ scanId: string; attempt: number }>({
    name: 'ledger.sweepQueued',
    text: queuedText,
    values: [queuedMs],
  });
  return { overdue: late.length, expired: expired.length, cancelled: cancelled.length, queued };
}

const overdueText = `
  update tenant.scans set state = 'failed', reason_code = $1, reason = $2, lease_owner = null, lease_until = null,
    finished_at = now()
  where id in (select id from tenant.scans where state = 'running' and deadline_at < now() for update skip locked)
  returning id`;

const optedOutText = `
  update tenant.scans set state = 'cancelled', reason_code = $1, reason = $2, finished_at = now()
  where id in (select s.id from tenant.scans s join tenant.repositories r on r.id = s.repository_id
    where s.state in ('waiting', 'queued') and not r.scanning for update of s skip locked)
  returning id`;

const queuedText = `
  update tenant.scans set queued_at = now()
  where id in (select id from tenant.scans
    where state = 'queued' and queued_at < now() - $1 * interval '1 ms' for update skip locked)
  returning id as "scanId", handed_out as attempt`;
