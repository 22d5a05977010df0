import type { SystemTx } from '../../tx.ts';

/** A scan as handed to the queue; `attempt` counts the times it was. */
export interface HandedOut {
  readonly scanId: string;
  readonly attempt: number;
}

/**
 * Hands out due scans until `window` of them are queued, one of each organization in turn, those first that have fewest
 * in flight; inside an organization by priority, then by the time they were due. One caller at a time: `window` is never
 * exceeded. Reads a few rows of each organization, however many wait.
 */
export async function take(tx: SystemTx, window: number): Promise<HandedOut[]> {
  // In a statement of its own: the next one has to see what the caller before us committed.
  await tx.query({ name: 'ledger.lock', text: `select pg_advisory_xact_lock(hashtext('soupcon.ledger.take'))` });
  return tx.query<{ scanId: string; attempt: number }>({ name: 'ledger.take', text: takeText, values: [window] });
}

const takeText = `
  with recursive organizations as (
    (select organization_id as id from tenant.scans where state = 'waiting' order by organization_id limit 1)
    union all
    select (select s.organization_id from tenant.scans s
      where s.state = 'waiting' and s.organization_id > o.id order by s.organization_id limit 1)
    from organizations o where o.id is not null
  ), room as (
    select greatest(0, $1 - count(*)) as free from tenant.scans where state = 'queued'
  ), turns as (
    select w.id, w.priority, w.due_at,
      f.rows + row_number() over (partition by o.id order by w.priority desc, w.due_at, w.id) as turn
    from organizations o
    cross join lateral (select count(*) as rows from tenant.scans
      where state in ('queued', 'running') and organization_id = o.id) f
    cross join lateral (select id, priority, due_at from tenant.scans
      where state = 'waiting' and organization_id = o.id and due_at <= now()
      order by priority desc, due_at, id limit (select free from room)) w
  ), chosen as (
    select s.id from tenant.scans s
    where s.state = 'waiting' and s.id in
      (select id from turns order by turn, priority desc, due_at, id limit (select free from room))
    for update skip locked
  )
  update tenant.scans s set state = 'queued', queued_at = now(), handed_out = handed_out + 1
  from chosen where s.id = chosen.id
  returning s.id as "scanId", s.handed_out as attempt`;
