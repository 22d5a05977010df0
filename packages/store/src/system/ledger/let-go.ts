import type { SystemTx } from '../../tx.ts';
import { type Reason, superseded } from './reasons.ts';

/** What became of a scan whose lease was let go: over, too, when it was tried too often or a later one replaces it. */
export type LetGo = 'waiting' | 'failed' | 'cancelled' | 'lost';

/** Lets a scan wait for `delayMs` and be tried again; it has `failed` with the reason when it was begun `attemptsMax` times. */
export async function retryLater(
  tx: SystemTx,
  scanId: string,
  owner: string,
  reason: Reason,
  { delayMs, attemptsMax }: { delayMs: number; attemptsMax: number },
): Promise<LetGo> {
  const [row] = await tx.query<{ state: LetGo }>({
    name: 'ledger.retryLater',
    text: letGo(`s.id = $6 and s.lease_owner = $7`, { locking: 'for update', delayMs: '$5::float8', uncounted: 0 }),
    values: [attemptsMax, superseded.code, reason.code, reason.text, delayMs, scanId, owner],
  });
  return row?.state ?? 'lost';
}

/** Lets a scan wait for the next worker at once, as if it had not been begun: this one is stopping. */
export async function giveBack(tx: SystemTx, scanId: string, owner: string): Promise<LetGo> {
  const [row] = await tx.query<{ state: LetGo }>({
    name: 'ledger.giveBack',
    text: letGo(`s.id = $5 and s.lease_owner = $6`, { locking: 'for update', delayMs: '0', uncounted: 1 }),
    values: [null, superseded.code, null, null, scanId, owner],
  });
  return row?.state ?? 'lost';
}

/**
 * Ends the lease of running scans: they wait again, or have failed after $1 attempts. What waits again must be the only
 * one that does for its tag (index scans_once): when another was asked for meanwhile, that one takes its place.
 */
export function letGo(
  which: string,
  { locking, delayMs, uncounted }: { locking: string; delayMs: string; uncounted: 0 | 1 },
): string {
  return `
  with held as (
    select s.id, case
      when exists (select from tenant.scans o where o.repository_id = s.repository_id and o.id <> s.id
        and coalesce(o.tag, '') = coalesce(s.tag, '') and coalesce(o.digest, '') = coalesce(s.digest, '')
        and o.state in ('waiting', 'queued')) then 'cancelled'
      when s.attempts >= $1::int then 'failed'
      else 'waiting' end as next
    from tenant.scans s where s.state = 'running' and ${which} ${locking}
  )
  update tenant.scans s set
    state = next, attempts = attempts - ${uncounted},
    due_at = now() + (${delayMs}) * interval '1 ms',
    reason_code = case next when 'cancelled' then $2 else $3 end,
    reason = case next when 'cancelled' then '${superseded.text}' else $4 end,
    lease_owner = null, lease_until = null, deadline_at = null,
    finished_at = case next when 'waiting' then null else now() end
  from held where s.id = held.id
  returning s.state`;
}
