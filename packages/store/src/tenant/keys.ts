import type { TenantTx } from '../tx.ts';
import { type Page, type PageOf, queryPage } from './page.ts';

/** An API key without its secret. Instants are RFC 3339. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Its first characters. */
  readonly prefix: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** To the minute or so. */
  readonly lastUsedAt: string | null;
}

const columns = `id, name, prefix, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt",
  last_used_at as "lastUsedAt"`;

/** Oldest first, revoked ones included. */
export async function list(tx: TenantTx, { limit, after }: Page): Promise<PageOf<ApiKey>> {
  const text = `select ${columns} from tenant.api_keys
    where $1::timestamptz is null or (created_at, id) > ($1, $2::uuid) order by created_at, id limit $3`;
  return queryPage<ApiKey & Record<string, unknown>>(
    tx,
    { text, values: [after?.at ?? null, after?.id ?? null] },
    limit,
  );
}

export interface NewApiKey {
  readonly name: string;
  readonly prefix: string;
  /** SHA-256 of the whole key. */
  readonly hash: Uint8Array;
  readonly expiresAt: string | null;
}

export async function create(tx: TenantTx, { name, prefix, hash, expiresAt }: NewApiKey): Promise<ApiKey> {
  const rows = await tx.query<ApiKey & Record<string, unknown>>({
    text: `insert into tenant.api_keys (organization_id, name, prefix, hash, expires_at)
      values ($1, $2, $3, $4, $5) returning ${columns}`,
    values: [tx.organizationId, name, prefix, hash, expiresAt],
  });
  return rows[0] as ApiKey;
}

/** From this commit on the key opens nothing. @returns false when there is no such key; a revoked one stays so. */
export async function revoke(tx: TenantTx, id: string): Promise<boolean> {
  const rows = await tx.query({
    text: 'update tenant.api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning id',
    values: [id],
  });
  return rows.length > 0;
}
