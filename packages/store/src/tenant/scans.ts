import type { ScanCause, ScanState } from '@soupcon/model';
import type { TenantTx } from '../tx.ts';
import { type Page, type PageOf, queryPage } from './page.ts';

/** A row of the ledger. Instants are RFC 3339, sizes are of stored bytes. */
export interface Scan {
  readonly id: string;
  /** Id of the repository. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly cause: ScanCause;
  readonly state: ScanState;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly priority: number;
  readonly attempts: number;
  readonly layersDone: number;
  readonly layersTotal: number | null;
  readonly bytesDone: number;
  readonly bytesTotal: number | null;
  readonly resolvedDigest: string | null;
  readonly resolvedMediaType: string | null;
  readonly createdAt: string;
  readonly dueAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

type Row = Scan & Record<string, unknown>;

const columns = `id, repository_id as repository, tag, digest, cause, state, reason_code as "reasonCode", reason, priority,
  attempts, layers_done as "layersDone", layers_total as "layersTotal", bytes_done as "bytesDone",
  bytes_total as "bytesTotal", resolved_digest as "resolvedDigest", resolved_media_type as "resolvedMediaType",
  created_at as "createdAt", due_at as "dueAt", started_at as "startedAt", finished_at as "finishedAt"`;

export interface ScanRequest {
  readonly repositoryId: string;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly cause: ScanCause;
  /** Higher is sooner, among the organization's own. */
  readonly priority: number;
}

/**
 * Asks for a scan, or joins the one of the same thing that is open; wakes the dispatchers when it is committed.
 * @returns null when there is no such repository or it is not opted in.
 */
export async function request(tx: TenantTx, asked: ScanRequest): Promise<Scan | null> {
  const { repositoryId, tag, digest, cause, priority } = asked;
  const [row] = await tx.query<Row>({
    text: `insert into tenant.scans as s (organization_id, repository_id, tag, digest, cause, priority)
      select organization_id, id, $2, $3, $4, $5 from tenant.repositories where id = $1 and scanning
      on conflict (repository_id, coalesce(tag, ''), coalesce(digest, ''))
        where state in ('waiting', 'queued') or (state = 'running' and digest is not null)
        do update set due_at = least(s.due_at, now()), priority = greatest(s.priority, excluded.priority)
      returning ${columns}`,
    values: [repositoryId, tag, digest, cause, priority],
  });
  if (row === undefined) return null;
  await tx.query({ text: `select pg_notify('soupcon_scans', '')` });
  return row;
}

export async function find(tx: TenantTx, id: string): Promise<Scan | null> {
  const [row] = await tx.query<Row>({ text: `select ${columns} from tenant.scans where id = $1`, values: [id] });
  return row ?? null;
}

export interface ScanFilter {
  readonly state: ScanState | null;
  /** Id; null is any. */
  readonly repository: string | null;
}

/** Newest first. */
export async function list(
  tx: TenantTx,
  { state, repository }: ScanFilter,
  { limit, after }: Page,
): Promise<PageOf<Scan>> {
  const text = `select ${columns} from tenant.scans
    where ($1::timestamptz is null or (created_at, id) < ($1, $2::uuid))
      and ($3::text is null or state = $3) and ($4::uuid is null or repository_id = $4)
    order by created_at desc, id desc limit $5`;
  return queryPage<Row>(tx, { text, values: [after?.at ?? null, after?.id ?? null, state, repository] }, limit);
}

/** The newest scan of each of the tags. */
export async function ofTags(tx: TenantTx, repositoryId: string, names: readonly string[]): Promise<Scan[]> {
  return tx.query<Row>({
    text: `select distinct on (tag) ${columns} from tenant.scans where repository_id = $1 and tag = any($2)
      order by tag, created_at desc, id desc`,
    values: [repositoryId, names],
  });
}

/** The newest scan of a repository. */
export async function newest(tx: TenantTx, repositoryId: string): Promise<Scan | null> {
  const { items } = await list(tx, { state: null, repository: repositoryId }, { limit: 1, after: null });
  return items[0] ?? null;
}
