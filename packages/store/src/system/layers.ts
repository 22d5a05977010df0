import type { SystemTx } from '../tx.ts';

/** What is kept of a layer, as the inventory packs it; both parts are opaque here. */
export interface KeptLayerIndex {
  /** Stored bytes of the layer. */
  readonly sizeBytes: number;
  readonly files: Uint8Array;
  readonly rest: Uint8Array;
  readonly filesCount: number;
}

export interface LayerOf {
  /** Whose scan it is. */
  readonly organizationId: string;
  /** Of the stored bytes. */
  readonly digest: string;
}

/**
 * The index of a layer, if it was made by these catalogers and the organization may have it: its own registry has served
 * the bytes before, or everybody may pull them. A digest alone proves nothing.
 */
export async function loadIndex(
  tx: SystemTx,
  { organizationId, digest }: LayerOf,
  madeBy: string,
): Promise<KeptLayerIndex | null> {
  const [row] = await tx.query<{ sizeBytes: number; files: Buffer; rest: Buffer; filesCount: number }>({
    name: 'layers.loadIndex',
    text: `select coalesce(l.size_bytes, 0) as "sizeBytes", x.files, x.rest, x.files_count as "filesCount"
      from content.layers l join content.layer_indexes x on x.layer_id = l.id and x.catalogers = $3
      where l.digest = $2 and (l.public or exists (
        select from tenant.layer_possessions p where p.organization_id = $1 and p.layer_id = l.id))`,
    values: [organizationId, digest, madeBy],
  });
  return row ?? null;
}

/**
 * Keeps the index of a layer whose bytes the organization's registry has just served, verified; `isPublic` when it
 * served them to anybody. Kept once, whoever comes first: the same bytes and catalogers give the same index.
 */
export async function saveIndex(
  tx: SystemTx,
  layer: LayerOf & { readonly diffId: string | null; readonly isPublic: boolean },
  index: KeptLayerIndex,
  madeBy: string,
): Promise<void> {
  await tx.query({
    name: 'layers.saveIndex',
    text: `with layer as (
        insert into content.layers (digest, diff_id, size_bytes, public) values ($2, $3, $4, $5)
        on conflict (digest) do update set diff_id = excluded.diff_id, size_bytes = excluded.size_bytes,
          public = layers.public or excluded.public
        returning id),
      possession as (
        insert into tenant.layer_possessions (organization_id, layer_id) select $1, id from layer on conflict do nothing),
      stale as (
        delete from content.layer_indexes x using layer where x.layer_id = layer.id and x.catalogers <> $6)
      insert into content.layer_indexes (layer_id, catalogers, files, rest, files_count)
      select id, $6, $7, $8, $9 from layer on conflict do nothing`,
    values: [
      layer.organizationId,
      layer.digest,
      layer.diffId,
      index.sizeBytes,
      layer.isPublic,
      madeBy,
      index.files,
      index.rest,
      index.filesCount,
    ],
  });
}
