import type { ScanCause } from '@soupcon/model';
import type { SystemTx } from '../../tx.ts';
import { optedOut } from './reasons.ts';
import type { HandedOut } from './take.ts';

export interface ClaimedScan {
  readonly scanId: string;
  readonly organizationId: string;
  readonly repositoryId: string;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly cause: ScanCause;
  /** How often it was begun, this time included. */
  readonly attempt: number;
  /** From when it could have begun until it did, in milliseconds. */
  readonly waitedMs: number;
}

export interface Claim extends HandedOut {
  readonly owner: string;
  readonly leaseMs: number;
  readonly deadlineMs: number;
}

/**
 * Begins a scan. @returns null when this handing out of it is not the present one, when somebody else has it or it is
 * over, or when its repository is not opted in any more: then it ends as `cancelled`.
 */
export async function claim(tx: SystemTx, claim: Claim): Promise<ClaimedScan | null> {
  const { scanId, attempt, owner, leaseMs, deadlineMs } = claim;
  const values = [scanId, attempt, owner, leaseMs, deadlineMs, optedOut.code, optedOut.text];
  const [row] = await tx.query<ClaimedScan & { state: string }>({ name: 'ledger.claim', text: claimText, values });
  if (row === undefined || row.state !== 'running') return null;
  const { state: _state, ...work } = row;
  return work;
}

const claimText = `
  with mine as (
    select s.id, r.scanning from tenant.scans s join tenant.repositories r on r.id = s.repository_id
    where s.id = $1 and s.state = 'queued' and s.handed_out = $2 for update of s
  )
  update tenant.scans s set
    state = case when scanning then 'running' else 'cancelled' end,
    lease_owner = case when scanning then $3::uuid end,
    lease_until = case when scanning then now() + $4 * interval '1 ms' end,
    deadline_at = case when scanning then now() + $5 * interval '1 ms' end,
    started_at = case when scanning then now() else started_at end,
    finished_at = case when scanning then null else now() end,
    attempts = attempts + scanning::int,
    reason_code = case when scanning then reason_code else $6 end,
    reason = case when scanning then reason else $7 end,
    layers_done = 0, layers_total = null, bytes_done = 0, bytes_total = null
  from mine where s.id = mine.id
  returning s.id as "scanId", organization_id as "organizationId", repository_id as "repositoryId", tag, digest, cause,
    state, attempts as attempt, greatest(0, extract(epoch from now() - due_at) * 1000)::float8 as "waitedMs"`;
