import type { PackageFinding } from '@soupcon/model';
import type { TenantTx } from '../tx.ts';
import { type PageOf, queryPage } from './page.ts';

/** A repository, and the tag by which an image is reached there now. */
export interface CurrentTag {
  /** Id. */
  readonly repository: string;
  /** `host` or `host:port`. */
  readonly host: string;
  readonly name: string;
  readonly tag: string;
  /** Of the image, or of an index that lists it. */
  readonly digest: string;
}

/** The current tags of these digests, newest first. */
export async function currentTags(tx: TenantTx, digests: readonly string[]): Promise<CurrentTag[]> {
  return tx.query<CurrentTag & Record<string, unknown>>({
    text: `select r.id as repository, g.host, r.name, t.name as tag, t.digest from tenant.tags t
      join tenant.repositories r on r.id = t.repository_id join tenant.registries g on g.id = r.registry_id
      where t.until is null and t.digest = any($1) order by t.since desc, t.name, r.id`,
    values: [digests],
  });
}

/** Where a digest was scanned last. @returns null when it never was for this organization. */
export async function lastSeen(
  tx: TenantTx,
  digest: string,
): Promise<{ readonly repository: string; readonly host: string; readonly name: string } | null> {
  const [row] = await tx.query<{ repository: string; host: string; name: string }>({
    text: `select r.id as repository, g.host, r.name from tenant.repository_images i
      join tenant.repositories r on r.id = i.repository_id join tenant.registries g on g.id = r.registry_id
      where i.digest = $1 order by i.last_scanned_at desc, r.id limit 1`,
    values: [digest],
  });
  return row ?? null;
}

/** Digests of the indexes that list an image, by the image's id. */
export async function indexesOf(tx: TenantTx, imageIds: readonly number[]): Promise<Map<number, string[]>> {
  const parts = await tx.query<{ indexId: number; imageId: number }>({
    text: 'select index_id as "indexId", image_id as "imageId" from tenant.index_images where image_id = any($1)',
    values: [imageIds],
  });
  const indexes = await tx.query<{ id: number; digest: string }>({
    text: 'select id, digest from tenant.indexes where id = any($1)',
    values: [parts.map(({ indexId }) => indexId)],
  });
  const digests = new Map(indexes.map(({ id, digest }) => [id, digest]));
  const found = new Map<number, string[]>();
  for (const { indexId, imageId } of parts) {
    const digest = digests.get(indexId);
    if (digest !== undefined) found.set(imageId, [...(found.get(imageId) ?? []), digest]);
  }
  return found;
}

/** A package in an image. */
export interface Occurrence {
  readonly imageId: number;
  readonly digest: string;
  readonly platform: string | null;
  readonly purl: string;
  /** Index of the layer that introduced it. */
  readonly introducedIn: number;
}

export interface OccurrencePage {
  readonly limit: number;
  readonly after: { readonly digest: string; readonly purl: string } | null;
}

const behind = `($2::text is null or (digest collate "C", purl collate "C") > ($2, $3::text))
  order by digest collate "C", purl collate "C" limit $4`;

/** Where a flaw is, by any of its names: a CVE, GHSA or the id of a record. */
export async function ofVulnerability(
  tx: TenantTx,
  name: string,
  { limit, after }: OccurrencePage,
): Promise<PageOf<Occurrence & { readonly finding: PackageFinding }>> {
  const text = `select image_id as "imageId", digest, platform, purl, introduced_in as "introducedIn", document as finding
    from tenant.images_with($1) where ${behind}`;
  const values = [name, after?.digest ?? null, after?.purl ?? null];
  return queryPage<Occurrence & { finding: PackageFinding } & Record<string, unknown>>(tx, { text, values }, limit);
}

/** Where a package of exactly this purl is. */
export async function ofPackage(
  tx: TenantTx,
  purl: string,
  { limit, after }: OccurrencePage,
): Promise<PageOf<Occurrence>> {
  const text = `with x as materialized (
      select image_id, introduced_in from tenant.image_packages
      where package_id = any(array(select id from tenant.packages where purl = $1)))
    select "imageId", digest, platform, purl, "introducedIn" from (
      select i.id as "imageId", i.digest, i.platform, $1::text as purl, x.introduced_in as "introducedIn"
      from x join tenant.images i on i.id = x.image_id where i.id = any(array(select image_id from x))) found
    where ${behind}`;
  const values = [purl, after?.digest ?? null, after?.purl ?? null];
  return queryPage<Occurrence & Record<string, unknown>>(tx, { text, values }, limit);
}
