import type { TenantTx } from '../tx.ts';
import { type Page, type PageOf, queryPage } from './page.ts';
import type { Scan } from './scans.ts';
import { ofTags } from './scans.ts';

/** What a tag is now. */
export interface Tag {
  readonly name: string;
  readonly digest: string;
  /** Since when it has been, as far as scans tell. RFC 3339. */
  readonly since: string;
}

/** The current tags of a repository, by name. */
export async function tags(
  tx: TenantTx,
  repositoryId: string,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<PageOf<Tag>> {
  const text = `select name, digest, since from tenant.tags
    where repository_id = $1 and until is null and ($2::text is null or name collate "C" > $2)
    order by name collate "C" limit $3`;
  return queryPage<Tag & Record<string, unknown>>(tx, { text, values: [repositoryId, after] }, limit);
}

/** How many tags there are, and the one that changed last. */
export async function tagSummary(
  tx: TenantTx,
  repositoryId: string,
): Promise<{ readonly count: number; readonly newest: Tag | null }> {
  const values = [repositoryId];
  const [counted] = await tx.query<{ count: number }>({
    text: 'select count(*)::int as count from tenant.tags where repository_id = $1 and until is null',
    values,
  });
  const [newest] = await tx.query<Tag & Record<string, unknown>>({
    text: `select name, digest, since from tenant.tags where repository_id = $1 and until is null
      order by since desc, name limit 1`,
    values,
  });
  return { count: counted?.count ?? 0, newest: newest ?? null };
}

/** The newest scan of each tag, by tag. */
export async function lastScans(
  tx: TenantTx,
  repositoryId: string,
  names: readonly string[],
): Promise<Map<string, Scan>> {
  const rows = await ofTags(tx, repositoryId, names);
  return new Map(rows.flatMap((row) => (row.tag === null ? [] : [[row.tag, row] as const])));
}

/** Digests that a repository has held, images and indexes. Instants are RFC 3339. */
export interface HeldDigest {
  readonly id: string;
  readonly createdAt: string;
  readonly lastScannedAt: string;
}

/** In the order in which they were first scanned; `id` is the digest. */
export async function held(tx: TenantTx, repositoryId: string, { limit, after }: Page): Promise<PageOf<HeldDigest>> {
  const text = `select digest as id, first_scanned_at as "createdAt", last_scanned_at as "lastScannedAt"
    from tenant.repository_images
    where repository_id = $1 and ($2::timestamptz is null or (first_scanned_at, digest) > ($2, $3::text))
    order by first_scanned_at, digest limit $4`;
  const values = [repositoryId, after?.at ?? null, after?.id ?? null];
  return queryPage<HeldDigest & Record<string, unknown>>(tx, { text, values }, limit);
}
