import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { AppError, type Descriptor, digestOf, type ImageSource } from '@soupcon/model';
import { configBytesMax } from '../config.ts';
import { isAttestation, manifestLimits, parseManifest } from '../manifest.ts';
import { manifestKindOf } from '../media-types.ts';
import type { ManifestDocument } from '../pull.ts';
import { type ContentStore, type PlatformWish, resolveEntries, resolveImage } from '../resolve.ts';
import { isFields, oneLine, parseJson } from '../shape.ts';
import { contentAt, wrongSize } from './content.ts';
import { splitPath } from './split-path.ts';

const refName = 'org.opencontainers.image.ref.name';

/**
 * Opens an image of an OCI layout, `DIR` or `DIR:TAG`. Manifests and configuration are verified here, layers are file
 * ranges for the reader to verify.
 * @throws {AppError} `source_not_found`, `source_unreadable`, `source_ambiguous` naming the images there are,
 * `blob_missing`, `blob_digest_mismatch`, `blob_size_mismatch`, and those of {@link resolveImage}.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function openLayout(
  rest: string,
  reference: string,
  wish: PlatformWish,
  signal?: AbortSignal,
): Promise<ImageSource> {
  const { store, root } = await openLayoutRoot(rest, reference);
  const { image, contents } =
    root.kind === 'one'
      ? await resolveImage(store, await store.manifest(root.descriptor, signal), wish, signal)
      : await resolveEntries(store, root.entries, wish, signal);
  return {
    image,
    layer: (index) => contentAt(contents, index),
    access: { order: image.layers.map(({ index }) => index), parallel: true },
    close: async () => {},
  };
}

type Root =
  | { readonly kind: 'one'; readonly descriptor: Descriptor }
  | {
      readonly kind: 'platforms';
      readonly entries: { descriptor: Descriptor; platform: NonNullable<Descriptor['platform']> }[];
    };

/** The layout's content and what of its `index.json` is meant. */
export async function openLayoutRoot(rest: string, reference: string): Promise<{ store: ContentStore; root: Root }> {
  const { path, tag } = await splitPath(rest, (found) => found.isDirectory());
  const entries = await readIndexJson(path);
  const store = await layoutStore(path, reference);
  const tagged = tag === null ? entries : entries.filter(({ annotations }) => annotations?.[refName] === tag);
  if (tag !== null && tagged.length === 0) {
    throw new AppError('source_not_found', {
      subject: `${path} has no image ${JSON.stringify(tag)}; ${namesInWords(entries)}`,
    });
  }
  const images = tagged.filter((entry) => !isAttestation(entry) && entry.artifactType === undefined);
  const usable = images.filter(({ mediaType }) => mediaType === '' || manifestKindOf(mediaType) !== null);
  // What alone is there is opened even when it is no image: then the refusal says what it is.
  const [only, ...others] = usable.length > 0 ? usable : tagged;
  if (only === undefined) throw new AppError('source_not_found', { subject: `${path} is a layout without images` });
  if (others.length === 0 || others.every(({ digest }) => digest === only.digest)) {
    return { store, root: { kind: 'one', descriptor: only } };
  }
  const platforms = asPlatforms([only, ...others]);
  if (platforms !== null) return { store, root: { kind: 'platforms', entries: platforms } };
  throw new AppError('source_ambiguous', { subject: `${path}; ${namesInWords(usable)}` });
}

/** Entries are one image's platforms when all say a platform, each another, and none has a name of its own. */
function asPlatforms(entries: readonly Descriptor[]) {
  const names = new Set(entries.map(({ annotations }) => annotations?.[refName] ?? ''));
  const listed = entries.flatMap((descriptor) =>
    descriptor.platform ? [{ descriptor, platform: descriptor.platform }] : [],
  );
  const distinct = new Set(listed.map(({ platform }) => JSON.stringify(platform)));
  return names.size === 1 && listed.length === entries.length && distinct.size === entries.length ? listed : null;
}

function namesInWords(entries: readonly Descriptor[]): string {
  const names = entries.map(({ annotations, digest }) => annotations?.[refName] ?? digest);
  return names.length === 0
    ? 'it has none'
    : `it has ${names
        .slice(0, 20)
        .map((name) => oneLine(name, 100))
        .join(', ')}`;
}

async function readIndexJson(path: string): Promise<readonly Descriptor[]> {
  const unreadable = (why: string, cause?: unknown) =>
    new AppError('source_unreadable', { subject: `${path}: ${why}`, cause });
  const file = join(path, 'index.json');
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw unreadable('not an OCI layout, it has no index.json');
  if (found.size > manifestLimits.bytesMax)
    throw unreadable(`its index.json has more than ${manifestLimits.bytesMax} bytes`);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable('its index.json cannot be read', cause);
  });
  const body = await readMarker(path, unreadable);
  const { imageLayoutVersion: version = '1.0.0' } = isFields(body) ? body : {};
  if (!/^1\./.test(String(version))) throw unreadable(`a layout of version ${oneLine(String(version), 40)}, not 1.x`);
  const index = parseManifest(bytes, null, file);
  if (index.kind !== 'index') throw unreadable('its index.json is not an index');
  return index.manifests;
}

/** What `oci-layout` says; null when it is not there, which is forgiven. */
async function readMarker(path: string, unreadable: (why: string) => AppError): Promise<unknown> {
  const file = join(path, 'oci-layout');
  const found = await stat(file).catch(() => null);
  if (found === null) return null;
  if (!found.isFile() || found.size > manifestLimits.bytesMax) throw unreadable('its oci-layout is not a small file');
  const marker = await readFile(file).catch(() => null);
  return marker === null ? null : parseJson(marker);
}

async function layoutStore(directory: string, name: string): Promise<ContentStore> {
  const root = await realpath(directory);
  const locate = (descriptor: Descriptor) => locateBlob(root, name, descriptor);
  const read = async (descriptor: Descriptor) => {
    const bytes = await readFile(await locate(descriptor));
    const digest = digestOf(bytes);
    if (digest === descriptor.digest) return bytes;
    throw new AppError('blob_digest_mismatch', { subject: `${name}: ${descriptor.digest} is ${digest}` });
  };
  return {
    name,
    async manifest(descriptor): Promise<ManifestDocument> {
      if (descriptor.size > manifestLimits.bytesMax) {
        throw new AppError('manifest_malformed', {
          subject: `${name}: it has more than ${manifestLimits.bytesMax} bytes`,
        });
      }
      return { bytes: await read(descriptor), digest: descriptor.digest, mediaType: descriptor.mediaType || null };
    },
    async bytes(descriptor) {
      if (descriptor.size > configBytesMax) throw wrongSize(name, descriptor, descriptor.size);
      return read(descriptor);
    },
    layer: async (descriptor) => ({ kind: 'file', path: await locate(descriptor), offset: 0, size: descriptor.size }),
    has: async (descriptor) => (await stat(blobPath(root, descriptor)).catch(() => null)) !== null,
  };
}

/** Only hex digits of a checked digest become part of a path. */
function blobPath(root: string, { digest }: Descriptor): string {
  return join(root, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

/** The file of a blob: a regular one, inside the layout also behind links, and of the size that is said. */
async function locateBlob(root: string, name: string, descriptor: Descriptor): Promise<string> {
  const missing = (cause?: unknown) =>
    new AppError('blob_missing', { subject: `${name}: ${descriptor.digest}`, cause });
  const path = await realpath(blobPath(root, descriptor)).catch((cause: unknown) => {
    throw missing(cause);
  });
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw new AppError('source_unreadable', { subject: `${name}: ${descriptor.digest} is a link out of the layout` });
  }
  const found = await stat(path).catch((cause: unknown) => {
    throw missing(cause);
  });
  if (!found.isFile())
    throw new AppError('source_unreadable', { subject: `${name}: ${descriptor.digest} is not a file` });
  if (found.size !== descriptor.size) throw wrongSize(name, descriptor, found.size);
  return path;
}
