import type { SystemTx } from '../tx.ts';

/** What a scan found a tag or digest of a repository to be. */
export interface Scanned {
  readonly organizationId: string;
  readonly repositoryId: string;
  /** Null when it was asked for by digest. */
  readonly tag: string | null;
  /** Of the image or index. */
  readonly digest: string;
  readonly mediaType: string;
  /** The images it was made of: one, or those of the index. */
  readonly images: readonly { readonly id: number; readonly digest: string }[];
  readonly isIndex: boolean;
  /** When it was resolved: what a later scan found stands. */
  readonly resolvedAt: string;
}

/** Links what was scanned to the repository, so that its organization sees it, and moves the tag. */
export async function recordScanned(tx: SystemTx, scanned: Scanned): Promise<void> {
  const { organizationId, repositoryId, tag, digest, mediaType, images, isIndex } = scanned;
  if (isIndex) {
    await tx.query({
      name: 'profiles.saveIndex',
      text: `with index as (
          insert into content.indexes (digest, media_type) values ($1, $2)
          on conflict (digest) do update set media_type = excluded.media_type returning id)
        insert into content.index_images (index_id, image_id) select index.id, i from index, unnest($3::bigint[]) i
        on conflict do nothing`,
      values: [digest, mediaType, images.map(({ id }) => id)],
    });
  }
  await tx.query({
    name: 'profiles.link',
    text: `insert into tenant.repository_images (organization_id, repository_id, digest)
      select $1, $2, d from (select distinct unnest($3::text[]) d) x order by d
      on conflict (repository_id, digest) do update set last_scanned_at = now()`,
    values: [organizationId, repositoryId, [digest, ...images.map((image) => image.digest)]],
  });
  if (tag !== null) await moveTag(tx, scanned);
}

/**
 * Closes what the tag was and opens what it is; a scan that resolved it earlier than the last one says nothing new. Who
 * meets another one that does the same has waited for its end, and looks again.
 */
async function moveTag(tx: SystemTx, scanned: Scanned): Promise<void> {
  while (!(await tagMoved(tx, scanned)));
}

/** @returns false when somebody else has just opened what the tag is. */
async function tagMoved(
  tx: SystemTx,
  { organizationId, repositoryId, tag, digest, resolvedAt }: Scanned,
): Promise<boolean> {
  const values = [repositoryId, tag, digest, resolvedAt];
  const [stands] = await tx.query({
    name: 'profiles.tagStands',
    text: `update tenant.tags
      set seen_at = case when digest = $3 then greatest(seen_at, $4::timestamptz) else seen_at end
      where repository_id = $1 and name = $2 and until is null
        and (digest = $3 or greatest(since, seen_at) > $4::timestamptz)
      returning 1`,
    values,
  });
  if (stands !== undefined) return true;
  await tx.query({
    name: 'profiles.closeTag',
    text: `update tenant.tags set until = $4::timestamptz where repository_id = $1 and name = $2 and until is null
      and digest <> $3 and greatest(since, seen_at) <= $4::timestamptz`,
    values,
  });
  const opened = await tx.query({
    name: 'profiles.openTag',
    text: `insert into tenant.tags (organization_id, repository_id, name, digest, since)
      values ($5, $1, $2, $3, $4::timestamptz)
      on conflict (repository_id, name) where until is null do nothing returning 1`,
    values: [...values, organizationId],
  });
  return opened.length > 0;
}
