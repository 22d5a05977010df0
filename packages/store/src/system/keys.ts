import type { SystemStatements } from '../tx.ts';

/** Whose key it is. */
export interface KeyOwner {
  readonly keyId: string;
  readonly organizationId: string;
}

/**
 * The owner of a key that is neither revoked nor expired, by the SHA-256 of the key: before it is known, there is no
 * tenant. Notes that it was used, at most once a minute.
 */
export async function find(db: SystemStatements, hash: Uint8Array): Promise<KeyOwner | null> {
  const [row] = await db.query<KeyOwner & Record<string, unknown>>({
    name: 'keys.find',
    text: `with key as (
        select id, organization_id from tenant.api_keys
        where hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())),
      used as (
        update tenant.api_keys k set last_used_at = now() from key
        where k.id = key.id and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute'))
      select id as "keyId", organization_id as "organizationId" from key`,
    values: [hash],
  });
  return row ?? null;
}

export interface NewKey {
  readonly organizationId: string;
  readonly name: string;
  /** Its first characters, to tell keys apart. */
  readonly prefix: string;
  readonly hash: Uint8Array;
}

/** A key for an organization that is just being made, or whose people sit at the server's shell. @returns its id. */
export async function create(db: SystemStatements, { organizationId, name, prefix, hash }: NewKey): Promise<string> {
  const [row] = await db.query<{ id: string }>({
    name: 'keys.create',
    text: 'insert into tenant.api_keys (organization_id, name, prefix, hash) values ($1, $2, $3, $4) returning id',
    values: [organizationId, name, prefix, hash],
  });
  return row?.id ?? '';
}
