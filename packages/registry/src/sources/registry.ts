import { AppError, type Descriptor, type Digest, digestOf, type ImageSource } from '@soupcon/model';
import { nameOf, type Repository } from '../call.ts';
import type { RegistryClient } from '../client.ts';
import { parseManifest } from '../manifest.ts';
import type { ManifestDocument } from '../pull.ts';
import { formatReference, parseReference, type Reference } from '../reference.ts';
import {
  type ContentStore,
  listImages,
  openEntry,
  type PlatformEntry,
  type PlatformWish,
  type ResolvedContent,
  resolveImage,
} from '../resolve.ts';
import { contentAt, wrongSize } from './content.ts';

/** For a small blob with all its retries. */
const bytesMs = 5 * 60_000;

/** Opens an image of a registry: manifest and configuration are read, the layers stream when they are asked for. */
export async function openRegistry(
  text: string,
  client: RegistryClient,
  wish: PlatformWish,
  signal?: AbortSignal,
): Promise<ImageSource> {
  const { store, document } = await openReference(text, client, signal);
  return sourceOf(await resolveImage(store, document, wish, signal));
}

/** What a reference stands for: one image, or an index with the images it lists. */
export interface InspectedReference {
  readonly kind: 'image' | 'index';
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of an image itself; its platform is null, as only its configuration says it. */
  readonly images: readonly PlatformEntry[];
}

/**
 * Reads manifests and indexes alone, no blob.
 * @throws {AppError} `manifest_unsupported` for what is no image, `manifest_malformed`, and those of the client.
 */
export async function inspectReference(
  reference: Reference,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<InspectedReference> {
  const store = registryStore(client, reference, formatReference(reference));
  const document = await client.manifest(reference, tagOrDigest(reference), signal);
  const manifest = parseManifest(document.bytes, document.mediaType, store.name);
  const { digest } = document;
  if (manifest.kind === 'index') {
    const images = await listImages(store, manifest, signal);
    return { kind: 'index', digest, mediaType: manifest.mediaType, images };
  }
  const descriptor = { mediaType: manifest.mediaType, digest, size: document.bytes.length };
  return { kind: 'image', digest, mediaType: manifest.mediaType, images: [{ descriptor, platform: null }] };
}

/**
 * Opens one of the images that {@link inspectReference} found for the reference. Foreign layers are left unread, also
 * where the registry has them: what is in the image is then the same for everybody who has its manifest, and what one
 * registry keeps beside it is not shown to those whose own does not.
 */
export async function openInspected(
  reference: Reference,
  entry: PlatformEntry,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<ImageSource> {
  const store = registryStore(client, reference, formatReference(reference));
  return sourceOf(await openEntry({ ...store, has: async () => false }, entry, signal));
}

function sourceOf({ image, contents }: ResolvedContent): ImageSource {
  return {
    image,
    layer: (index) => contentAt(contents, index),
    access: { order: image.layers.map(({ index }) => index), parallel: true },
    close: async () => {},
  };
}

/** The manifest or index a reference stands for, and the repository it lies in. */
export async function openReference(
  text: string,
  client: RegistryClient,
  signal?: AbortSignal,
): Promise<{ store: ContentStore; document: ManifestDocument }> {
  const reference = parseReference(text);
  const document = await client.manifest(reference, tagOrDigest(reference), signal);
  return { store: registryStore(client, reference, text), document };
}

function tagOrDigest({ tag, digest }: Reference): string {
  return digest ?? tag ?? 'latest';
}

function registryStore(client: RegistryClient, repository: Repository, name: string): ContentStore {
  return {
    name,
    async manifest(descriptor, signal) {
      const document = await client.manifest(repository, descriptor.digest, signal).catch((error: unknown) => {
        throw asMissingPart(error, name, descriptor);
      });
      if (document.bytes.length !== descriptor.size) throw wrongSize(name, descriptor, document.bytes.length);
      return document;
    },
    async bytes(descriptor, signal) {
      const bytes = await inTime(nameOf(repository, descriptor.digest), signal, async (limited) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of await client.blob(repository, descriptor, limited)) chunks.push(chunk);
        return Buffer.concat(chunks);
      });
      const digest = digestOf(bytes);
      if (digest === descriptor.digest) return bytes;
      throw new AppError('blob_digest_mismatch', { subject: `${nameOf(repository, descriptor.digest)} is ${digest}` });
    },
    layer: async (descriptor) => ({
      kind: 'stream',
      open: (signal) => client.blob(repository, descriptor, signal),
    }),
    has: (descriptor, signal) => client.hasBlob(repository, descriptor.digest, signal),
  };
}

/** A blob has no time limit of its own, so whoever reads one whole brings it. */
async function inTime<T>(
  subject: string,
  signal: AbortSignal | undefined,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const late = () =>
    limit.abort(new AppError('request_timeout', { subject: `${subject}: not there after ${bytesMs} ms` }));
  const timer = setTimeout(late, bytesMs).unref();
  try {
    return await work(signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** A child that an index lists and the registry does not have is a part of the image, not the image. */
function asMissingPart(error: unknown, name: string, { digest }: Descriptor): unknown {
  if (!(error instanceof AppError) || error.code !== 'image_not_found') return error;
  return new AppError('blob_missing', { subject: `${name}: manifest ${digest}`, cause: error });
}
