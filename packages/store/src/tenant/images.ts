import type { Inventory, ResolvedImage } from '@soupcon/model';
import { unpackJson } from '../packed-json.ts';
import type { TenantTx } from '../tx.ts';

/** One platform's image, as far as it is listed. */
export interface Image {
  readonly id: number;
  readonly digest: string;
  readonly mediaType: string | null;
  /** `os/architecture[/variant]`. */
  readonly platform: string | null;
  /** As the image says. */
  readonly created: string | null;
  /** Stored bytes. */
  readonly sizeBytes: number | null;
  readonly verdict: 'complete' | 'partial' | 'unknown';
  readonly packages: number;
  /** RFC 3339. */
  readonly indexedAt: string;
}

/** What a digest stands for: one image, or an index and those of its images that were scanned. */
export interface Target {
  readonly digest: string;
  readonly kind: 'image' | 'index';
  readonly mediaType: string | null;
  /** By platform. */
  readonly images: readonly Image[];
}

/*
 * Views that hide other tenants' rows are asked with lists of ids, one after the other: a join of two of them would make
 * each of them whole first.
 */

/** Those of the digests that the organization may see. */
export async function targets(tx: TenantTx, digests: readonly string[]): Promise<Map<string, Target>> {
  const indexes = await tx.query<{ id: number; digest: string; mediaType: string }>({
    text: 'select id, digest, media_type as "mediaType" from tenant.indexes where digest = any($1)',
    values: [digests],
  });
  const parts = await tx.query<{ indexId: number; imageId: number }>({
    text: 'select index_id as "indexId", image_id as "imageId" from tenant.index_images where index_id = any($1)',
    values: [indexes.map(({ id }) => id)],
  });
  const images = await tx.query<Image & Record<string, unknown>>({
    text: `select id, digest, media_type as "mediaType", platform, created, size_bytes as "sizeBytes", verdict,
        packages_count as packages, indexed_at as "indexedAt"
      from tenant.images where digest = any($1) or id = any($2) order by platform collate "C", id`,
    values: [digests, parts.map(({ imageId }) => imageId)],
  });
  const found = new Map<string, Target>();
  for (const image of images.filter(({ digest }) => digests.includes(digest))) {
    const { digest, mediaType } = image;
    found.set(digest, { digest, kind: 'image', mediaType, images: [image] });
  }
  for (const { id, digest, mediaType } of indexes) {
    const of = new Set(parts.filter(({ indexId }) => indexId === id).map(({ imageId }) => imageId));
    found.set(digest, { digest, kind: 'index', mediaType, images: images.filter((one) => of.has(one.id)) });
  }
  return found;
}

/** Everything that is in an image, as the cataloguing left it. */
export interface ImageContents {
  readonly resolved: Omit<ResolvedImage, 'reference'>;
  readonly inventory: Inventory;
}

export async function contents(tx: TenantTx, imageId: number): Promise<ImageContents | null> {
  const [row] = await tx.query<{ resolved: Omit<ResolvedImage, 'reference'>; inventory: Buffer }>({
    text: 'select resolved, inventory from tenant.images where id = $1',
    values: [imageId],
  });
  return row === undefined ? null : { resolved: row.resolved, inventory: await unpackJson<Inventory>(row.inventory) };
}
