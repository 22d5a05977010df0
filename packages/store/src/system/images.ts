import type { Inventory, ResolvedImage } from '@soupcon/model';
import { packJson } from '../packed-json.ts';
import { storableJson } from '../storable.ts';
import type { SystemTx } from '../tx.ts';
import type { StoredPackages } from './packages.ts';

/**
 * The id of an image whose inventory is there, made by these catalogers, and which the organization may have: it was
 * scanned for a repository of its own before. Null when it has to be read, also because the clock cut the last reading
 * short.
 */
export async function findImage(
  tx: SystemTx,
  { organizationId, digest }: { readonly organizationId: string; readonly digest: string },
  madeBy: string,
): Promise<number | null> {
  const [row] = await tx.query<{ id: number }>({
    name: 'images.find',
    text: `select i.id from content.images i where i.digest = $2 and i.catalogers = $3 and i.settled and exists (
      select from tenant.repository_images r where r.organization_id = $1 and r.digest = i.digest)`,
    values: [organizationId, digest, madeBy],
  });
  return row?.id ?? null;
}

export interface ImageToSave {
  /** With its digest. */
  readonly image: ResolvedImage;
  readonly platform: string | null;
  readonly inventory: Inventory;
  readonly madeBy: string;
}

/**
 * Stores an image with what is in it. Who scans the same image has read the same: what is there stays, unless other
 * catalogers made it or it was cut short. @returns its id.
 */
export async function saveImage(tx: SystemTx, saved: ImageToSave, { ids }: StoredPackages): Promise<number> {
  const { image, inventory } = saved;
  const [row] = await tx.query<{ id: number }>({
    name: 'images.save',
    text: `insert into content.images (digest, media_type, platform, created, size_bytes, resolved, catalogers, inventory,
        verdict, packages_count, settled)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      on conflict (digest) do update set resolved = excluded.resolved, catalogers = excluded.catalogers,
        inventory = excluded.inventory, verdict = excluded.verdict, packages_count = excluded.packages_count,
        settled = excluded.settled, indexed_at = now()
      where images.catalogers <> excluded.catalogers or not images.settled
      returning id`,
    values: await valuesOf(saved),
  });
  if (row === undefined) return idOf(tx, image.digest);
  const { id } = row;
  await saveLayers(tx, id, image);
  const packages = inventory.packages.flatMap(({ purl, introducedIn }) => {
    const packageId = ids.get(purl);
    return packageId === undefined ? [] : [{ packageId, introducedIn }];
  });
  await savePackagesOf(tx, id, packages);
  return id;
}

async function idOf(tx: SystemTx, digest: string | null): Promise<number> {
  const [row] = await tx.query<{ id: number }>({
    name: 'images.id',
    text: 'select id from content.images where digest = $1',
    values: [digest],
  });
  return row?.id ?? 0;
}

async function valuesOf({ image, platform, inventory, madeBy }: ImageToSave): Promise<unknown[]> {
  const { reference: _, ...resolved } = image;
  return [
    image.digest,
    image.mediaType,
    platform,
    image.created,
    image.size,
    storableJson(resolved),
    madeBy,
    await packJson(inventory),
    inventory.completeness.verdict,
    inventory.packages.length,
    !inventory.problems.some(({ code }) => code === 'limit_time'),
  ];
}

/** Layers that could not be had, as those kept elsewhere, have no index; the image has them all the same. */
async function saveLayers(tx: SystemTx, imageId: number, { layers }: ResolvedImage): Promise<void> {
  await tx.query({
    name: 'images.saveUnreadLayers',
    text: `insert into content.layers (digest, diff_id, size_bytes)
      select distinct on (digest) digest, diff_id, size_bytes
      from unnest($1::text[], $2::text[], $3::bigint[]) as l(digest, diff_id, size_bytes)
      where digest is not null and not exists (select from content.layers k where k.digest = l.digest)
      order by digest on conflict do nothing`,
    values: [layers.map(({ digest }) => digest), layers.map(({ diffId }) => diffId), layers.map(({ size }) => size)],
  });
  await tx.query({
    name: 'images.saveLayers',
    text: `insert into content.image_layers (image_id, position, layer_id)
      select $1, l.position, k.id from unnest($2::integer[], $3::text[]) as l(position, digest)
      join content.layers k on k.digest = l.digest on conflict do nothing`,
    values: [imageId, layers.map(({ index }) => index), layers.map(({ digest }) => digest)],
  });
}

async function savePackagesOf(
  tx: SystemTx,
  imageId: number,
  packages: readonly { readonly packageId: number; readonly introducedIn: number }[],
): Promise<void> {
  const ids = packages.map(({ packageId }) => packageId);
  await tx.query({
    name: 'images.dropPackages',
    text: 'delete from content.image_packages where image_id = $1 and package_id <> all($2::bigint[])',
    values: [imageId, ids],
  });
  await tx.query({
    name: 'images.savePackages',
    text: `insert into content.image_packages (image_id, package_id, introduced_in)
      select $1, p.id, p.introduced_in from unnest($2::bigint[], $3::smallint[]) as p(id, introduced_in)
      on conflict (image_id, package_id) do update set introduced_in = excluded.introduced_in
      where image_packages.introduced_in <> excluded.introduced_in`,
    values: [imageId, ids, packages.map(({ introducedIn }) => introducedIn)],
  });
}
