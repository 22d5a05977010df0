import { type TenantTx, tenant } from '@soupcon/store';

/** References by which images are reached now (`host/repository:tag`), by the image's id: their own tags and indexes'. */
export async function taggedAs(
  tx: TenantTx,
  images: readonly { readonly imageId: number; readonly digest: string }[],
): Promise<Map<number, string[]>> {
  const indexes = await tenant.whereabouts.indexesOf(tx, [...new Set(images.map(({ imageId }) => imageId))]);
  const digestsOf = ({ imageId, digest }: (typeof images)[number]) => [digest, ...(indexes.get(imageId) ?? [])];
  const tags = await tenant.whereabouts.currentTags(tx, [...new Set(images.flatMap(digestsOf))]);
  return new Map(
    images.map((image) => {
      const digests = digestsOf(image);
      const own = tags.filter(({ digest }) => digests.includes(digest));
      return [image.imageId, own.map(({ host, name, tag }) => `${host}/${name}:${tag}`).sort()];
    }),
  );
}
