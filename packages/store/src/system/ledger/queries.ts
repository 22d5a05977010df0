import type { SystemTx } from '../../tx.ts';

/**
 * Scans of these digests, asked for without a tag, that need not begin: the scan `coveredBy` has read them as parts of its
 * index. @returns how many.
 */
export async function coverChildren(
  tx: SystemTx,
  repositoryId: string,
  digests: readonly string[],
  coveredBy: string,
): Promise<number> {
  const rows = await tx.query({
    name: 'ledger.coverChildren',
    text: `update tenant.scans set state = 'done', reason = $3, resolved_digest = digest, started_at = now(),
        finished_at = now()
      where repository_id = $1 and digest = any($2) and tag is null and state in ('waiting', 'queued') returning id`,
    values: [repositoryId, digests, `Scanned as a part of an index, by scan ${coveredBy}.`],
  });
  return rows.length;
}

export interface OpenScans {
  readonly waiting: number;
  readonly queued: number;
  readonly running: number;
  /** How long the scan that is due longest has been, in seconds; 0 when none is due. */
  readonly oldestWaitingS: number;
}

/** What is not over. */
export async function counts(tx: SystemTx): Promise<OpenScans> {
  const [row] = await tx.query<OpenScans & Record<string, number>>({
    name: 'ledger.counts',
    text: `select w.waiting, w."oldestWaitingS", o.queued, o.running from
      (select count(*)::int as waiting,
        coalesce(greatest(0, extract(epoch from now() - min(due_at))), 0)::float8 as "oldestWaitingS"
        from tenant.scans where state = 'waiting') w,
      (select count(*) filter (where state = 'queued')::int as queued,
        count(*) filter (where state = 'running')::int as running
        from tenant.scans where state in ('queued', 'running')) o`,
  });
  return row ?? { waiting: 0, queued: 0, running: 0, oldestWaitingS: 0 };
}
