import type { TenantTx } from '../tx.ts';

/** Opts a repository in. An interval begins unless one is open. @returns false when there is no such repository. */
export async function begin(tx: TenantTx, repositoryId: string): Promise<boolean> {
  const rows = await tx.query({
    text: 'update tenant.repositories set scanning = true where id = $1 returning id',
    values: [repositoryId],
  });
  if (rows.length === 0) return false;
  await tx.query({
    text: `insert into tenant.opt_ins (organization_id, repository_id) values ($1, $2)
      on conflict (repository_id) where ended_at is null do nothing`,
    values: [tx.organizationId, repositoryId],
  });
  return true;
}

/**
 * Opts a repository out: what has not begun is cancelled, and a worker that has one of its scans gives it up when it
 * looks next. @returns how many were cancelled; null when there is no such repository.
 */
export async function end(
  tx: TenantTx,
  repositoryId: string,
  reason: { readonly code: string; readonly text: string },
): Promise<number | null> {
  const rows = await tx.query({
    text: 'update tenant.repositories set scanning = false where id = $1 returning id',
    values: [repositoryId],
  });
  if (rows.length === 0) return null;
  await tx.query({
    text: 'update tenant.opt_ins set ended_at = greatest(now(), started_at) where repository_id = $1 and ended_at is null',
    values: [repositoryId],
  });
  const cancelled = await tx.query({
    text: `update tenant.scans set state = 'cancelled', finished_at = now(), reason_code = $2, reason = $3
      where repository_id = $1 and state in ('waiting', 'queued') returning id`,
    values: [repositoryId, reason.code, reason.text],
  });
  return cancelled.length;
}
