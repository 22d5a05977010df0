/** @see https://github.com/opencontainers/image-spec/blob/main/media-types.md and docker's image manifest version 2 */
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** All kinds that are understood, in one header: without it registries answer 404 or convert to schema 1. */
export const manifestAccept = [ociIndex, dockerList, ociManifest, dockerManifest].join(', ');

const indexTypes = new Set([ociIndex, dockerList]);
const imageTypes = new Set([ociManifest, dockerManifest]);
const configTypes = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);
const layerTypes = new Set([
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
]);
const foreignLayerTypes = new Set([
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]);

/** Lower case and without parameters: `application/json; charset=utf-8` is `application/json`. */
export function bareMediaType(text: string): string {
  return (text.split(';')[0] ?? '').trim().toLowerCase();
}

export function isSchema1Type(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(json|prettyjws)$/.test(mediaType);
}

/** What a manifest's media type says it is; null when it says nothing of the kind. */
export function manifestKindOf(mediaType: string): 'index' | 'image' | null {
  if (indexTypes.has(mediaType)) return 'index';
  return imageTypes.has(mediaType) ? 'image' : null;
}

/** A manifest or index of any generation: those of schema 1 too, which are refused with a reason once they are read. */
export function isManifestType(mediaType: string): boolean {
  return manifestKindOf(mediaType) !== null || isSchema1Type(mediaType);
}

/** A descriptor without a media type (`''`) is taken for what it should be there: the bytes will tell. */
export function isImageConfigType(mediaType: string): boolean {
  return mediaType === '' || configTypes.has(mediaType);
}

export function layerKindOf(mediaType: string): 'layer' | 'foreign' | 'unknown' {
  if (mediaType === '' || layerTypes.has(mediaType)) return 'layer';
  return foreignLayerTypes.has(mediaType) ? 'foreign' : 'unknown';
}
