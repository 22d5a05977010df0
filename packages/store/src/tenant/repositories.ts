import type { TenantTx } from '../tx.ts';
import { type Page, type PageOf, queryPage } from './page.ts';

export interface Repository {
  readonly id: string;
  /** Id of its registry. */
  readonly registry: string;
  /** Without the registry's host. */
  readonly name: string;
  /** Opted in: it is scanned. */
  readonly scanning: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

type Row = Repository & Record<string, unknown>;

const columns = 'id, registry_id as registry, name, scanning, created_at as "createdAt"';

export interface RepositoryFilter {
  /** Id; null is any. */
  readonly registry: string | null;
  readonly name: string | null;
}

/** Oldest first. */
export async function list(
  tx: TenantTx,
  { registry, name }: RepositoryFilter,
  { limit, after }: Page,
): Promise<PageOf<Repository>> {
  const text = `select ${columns} from tenant.repositories
    where ($1::timestamptz is null or (created_at, id) > ($1, $2::uuid))
      and ($3::uuid is null or registry_id = $3) and ($4::text is null or name = $4)
    order by created_at, id limit $5`;
  return queryPage<Row>(tx, { text, values: [after?.at ?? null, after?.id ?? null, registry, name] }, limit);
}

export async function find(tx: TenantTx, id: string): Promise<Repository | null> {
  const [row] = await tx.query<Row>({ text: `select ${columns} from tenant.repositories where id = $1`, values: [id] });
  return row ?? null;
}

/** The same name twice is the same repository. @returns null when the organization has no such registry. */
export async function ensure(
  tx: TenantTx,
  { registry, name }: { readonly registry: string; readonly name: string },
): Promise<{ readonly repository: Repository; readonly isNew: boolean } | null> {
  const inserted = await tx.query<Row>({
    text: `insert into tenant.repositories (organization_id, registry_id, name)
      select $1, id, $3 from tenant.registries where id = $2
      on conflict (registry_id, name) do nothing returning ${columns}`,
    values: [tx.organizationId, registry, name],
  });
  if (inserted[0] !== undefined) return { repository: inserted[0], isNew: true };
  const [found] = await tx.query<Row>({
    text: `select ${columns} from tenant.repositories where registry_id = $1 and name = $2`,
    values: [registry, name],
  });
  return found === undefined ? null : { repository: found, isNew: false };
}
