import type { TenantTx } from '../tx.ts';
import { type Page, type PageOf, queryPage } from './page.ts';

/** A connection to a registry, without its secrets. Instants are RFC 3339. */
export interface Registry {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  /** `host` or `host:port`. */
  readonly host: string;
  readonly insecure: boolean;
  readonly hasCredentials: boolean;
  readonly createdAt: string;
  /** When it last notified us, to ten seconds or so. */
  readonly lastEventAt: string | null;
}

type Row = Registry & Record<string, unknown>;

const columns = `id, provider, name, host, insecure, credentials is not null as "hasCredentials",
  created_at as "createdAt", last_event_at as "lastEventAt"`;

/** Oldest first. */
export async function list(tx: TenantTx, { limit, after }: Page): Promise<PageOf<Registry>> {
  const text = `select ${columns} from tenant.registries
    where $1::timestamptz is null or (created_at, id) > ($1, $2::uuid) order by created_at, id limit $3`;
  return queryPage<Row>(tx, { text, values: [after?.at ?? null, after?.id ?? null] }, limit);
}

export async function find(tx: TenantTx, id: string): Promise<Registry | null> {
  const [row] = await tx.query<Row>({ text: `select ${columns} from tenant.registries where id = $1`, values: [id] });
  return row ?? null;
}

export interface NewRegistry {
  /** Chosen by the caller, because the credentials are sealed for it. */
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly host: string;
  readonly insecure: boolean;
  /** Sealed; null is anonymous. */
  readonly credentials: Uint8Array | null;
  readonly hookTokenHash: Uint8Array;
}

export async function create(tx: TenantTx, added: NewRegistry): Promise<Registry> {
  const { id, provider, name, host, insecure, credentials, hookTokenHash } = added;
  const rows = await tx.query<Row>({
    text: `insert into tenant.registries
        (organization_id, id, provider, name, host, insecure, credentials, hook_token_hash)
      values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${columns}`,
    values: [tx.organizationId, id, provider, name, host, insecure, credentials, hookTokenHash],
  });
  return rows[0] as Registry;
}

/** From this commit on only the new token is taken. @returns null when there is no such registry. */
export async function setHookToken(tx: TenantTx, id: string, hash: Uint8Array): Promise<Registry | null> {
  const [row] = await tx.query<Row>({
    text: `update tenant.registries set hook_token_hash = $2 where id = $1 returning ${columns}`,
    values: [id, hash],
  });
  return row ?? null;
}

/** With its repositories and all that is theirs. @returns false when there is no such registry. */
export async function remove(tx: TenantTx, id: string): Promise<boolean> {
  const rows = await tx.query({ text: 'delete from tenant.registries where id = $1 returning id', values: [id] });
  return rows.length > 0;
}
