import { createReadStream } from 'node:fs';
import { AppError, type Descriptor, type Digest } from '@soupcon/model';
import type { Repository } from './call.ts';
import type { RegistryClient } from './client.ts';
import { readParts } from './manifest.ts';
import { layerKindOf, ociIndex, ociManifest } from './media-types.ts';
import type { PushedManifest } from './push.ts';
import type { ContentStore } from './resolve.ts';
import { openLayoutRoot } from './sources/layout.ts';

export interface LayoutPush {
  /** `DIR` or `DIR:TAG`, as behind `oci:`. */
  readonly layout: string;
  readonly client: RegistryClient;
  readonly to: Repository;
  /** The name in the registry. */
  readonly tag: string;
  readonly signal?: AbortSignal;
}

const depthMax = 3;
const manifestsMax = 256;

/**
 * Pushes an image of an OCI layout, or an index with everything that it lists, children first, and names it. Foreign
 * layers that the layout does not have stay where they are.
 * @returns the digest that the tag stands for then.
 * @throws {AppError} as reading a layout and pushing: nothing is named before all of it is there.
 */
export async function pushLayout({ layout, client, to, tag, signal }: LayoutPush): Promise<Digest> {
  const { store, root } = await openLayoutRoot(layout, `oci:${layout}`);
  const pushing: Pushing = { store, client, to, signal, done: new Set() };
  if (root.kind === 'one') {
    const manifest = await pushParts(pushing, root.descriptor, 0);
    return client.pushManifest(to, tag, manifest, signal);
  }
  for (const { descriptor } of root.entries) await pushChild(pushing, descriptor, 1);
  return client.pushManifest(to, tag, indexOf(root.entries.map(({ descriptor }) => descriptor)), signal);
}

interface Pushing {
  readonly store: ContentStore;
  readonly client: RegistryClient;
  readonly to: Repository;
  readonly signal: AbortSignal | undefined;
  /** Manifests that are there, or on their way. */
  readonly done: Set<Digest>;
}

async function pushChild(pushing: Pushing, descriptor: Descriptor, depth: number): Promise<void> {
  const { client, to, signal, done, store } = pushing;
  if (done.has(descriptor.digest)) return;
  done.add(descriptor.digest);
  if (depth > depthMax || done.size > manifestsMax) {
    throw new AppError('manifest_malformed', {
      subject: `${store.name}: its indexes are nested more than ${depthMax} deep or list more than ${manifestsMax}`,
    });
  }
  await client.pushManifest(to, descriptor.digest, await pushParts(pushing, descriptor, depth), signal);
}

/** Pushes all that a manifest lists. @returns the manifest, to be pushed now. */
async function pushParts(pushing: Pushing, descriptor: Descriptor, depth: number): Promise<PushedManifest> {
  const { store, signal } = pushing;
  const { bytes } = await store.manifest(descriptor, signal);
  const { mediaType, manifests, blobs } = readParts(bytes, store.name);
  for (const child of manifests) await pushChild(pushing, child, depth + 1);
  for (const blob of blobs) await pushOne(pushing, blob);
  const guessed = manifests.length > 0 ? ociIndex : ociManifest;
  return { bytes, mediaType: mediaType ?? (descriptor.mediaType || guessed) };
}

async function pushOne({ store, client, to, signal }: Pushing, descriptor: Descriptor): Promise<void> {
  if (layerKindOf(descriptor.mediaType) === 'foreign' && !(await store.has(descriptor, signal))) return;
  const content = await store.layer(descriptor, signal);
  if (content.kind !== 'file') throw new AppError('blob_missing', { subject: `${store.name}: ${descriptor.digest}` });
  const { digest, size } = descriptor;
  const open = () => createReadStream(content.path, { highWaterMark: 256 * 1024 });
  await client.pushBlob(to, { digest, size, open }, signal === undefined ? {} : { signal });
}

/** A layout may list one image's platforms side by side; in a registry one tag needs one index. */
function indexOf(entries: readonly Descriptor[]): PushedManifest {
  const manifests = entries.map(({ mediaType, digest, size, platform }) => {
    const { osVersion, ...rest } = platform ?? {};
    const listed = osVersion === undefined ? rest : { ...rest, 'os.version': osVersion };
    return { mediaType: mediaType || ociManifest, digest, size, ...(platform ? { platform: listed } : {}) };
  });
  const body = { schemaVersion: 2, mediaType: ociIndex, manifests };
  return { mediaType: ociIndex, bytes: new TextEncoder().encode(JSON.stringify(body)) };
}
