import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { archive } from './tar.ts';

/** A layer as it is stored, and what manifest and configuration say of it, which need not be true. */
export interface Layer {
  readonly stored: Uint8Array;
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly diffId: string;
  readonly createdBy: string;
  /** The blob is left out of the layout. */
  readonly missing?: boolean;
}

export type Json = { readonly [key: string]: unknown };
/** What is written in place of the usual document: another one, or bytes as they are. */
type Edit = (usual: Json) => Json | Uint8Array | null;

export interface Image {
  /** Base first. */
  readonly layers: readonly Layer[];
  readonly config?: Edit;
  readonly manifest?: Edit;
  readonly index?: Edit;
  /** More content, such as inner indexes. */
  readonly blobs?: readonly Uint8Array[];
  /** Changes what was written: takes a file away, damages another. */
  readonly spoil?: (directory: string) => Promise<void>;
}

export const types = {
  layer: 'application/vnd.oci.image.layer.v1.tar',
  config: 'application/vnd.oci.image.config.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
};

export function sha256(...bytes: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of bytes) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/** A gzip layer of these parts of an archive. */
export function layer(parts: readonly Uint8Array[], createdBy = 'COPY . /'): Layer {
  const unpacked = archive(...parts);
  return blobLayer(gzipSync(unpacked, { level: 1 }), sha256(unpacked), createdBy);
}

/** A layer of any bytes. `diffId` is that of nothing known when it is left out. */
export function blobLayer(stored: Uint8Array, diffId = sha256(stored), createdBy = 'COPY . /'): Layer {
  return { stored, mediaType: `${types.layer}+gzip`, digest: sha256(stored), size: stored.length, diffId, createdBy };
}

export function descriptorOf(bytes: Uint8Array, mediaType: string): Json {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

const created = '2024-03-01T00:00:00Z';

/** The documents of an image, in the order in which they name each other. */
export function documentsOf({ layers, ...edits }: Image): { config: Buffer; manifest: Buffer; index: Buffer } {
  const config = edited(edits.config, {
    created,
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/bin:/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.flatMap(({ createdBy }, at) => [
      { created, created_by: createdBy },
      ...(at === 0 ? [{ created, created_by: '/bin/sh -c #(nop)  CMD ["/bin/sh"]', empty_layer: true }] : []),
    ]),
  });
  const manifest = edited(edits.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(config, types.config),
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  const index = edited(edits.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [
      { ...descriptorOf(manifest, types.manifest), annotations: { 'org.opencontainers.image.ref.name': 'latest' } },
    ],
  });
  return { config, manifest, index };
}

function edited(edit: Edit | undefined, usual: Json): Buffer {
  const made = edit === undefined ? usual : edit(usual);
  return made instanceof Uint8Array ? Buffer.from(made) : json(made);
}

/** Writes an OCI layout into a directory that it makes. The same image gives the same files. */
export async function writeLayout(target: string, image: Image): Promise<string> {
  const blobs = join(target, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const { config, manifest, index } = documentsOf(image);
  const put = (digest: string, bytes: Uint8Array) => writeFile(join(blobs, hexOf(digest)), bytes);
  for (const bytes of [config, manifest, ...(image.blobs ?? [])]) await put(sha256(bytes), bytes);
  for (const { stored, digest, missing } of image.layers) if (!missing) await put(digest, stored);
  await writeFile(join(target, 'index.json'), index);
  await writeFile(join(target, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  await image.spoil?.(target);
  return target;
}

/** The name of a blob's file. A name that would lead elsewhere stays inside. */
export function hexOf(digest: string): string {
  return digest.replace(/^[^:]*:/, '').replaceAll('/', '_');
}

/** What `docker save` writes: a tar archive with a `manifest.json`. */
export function dockerArchive(
  { layers, ...image }: Image,
  name: string,
  file: (path: string, body: Uint8Array) => Buffer,
): Buffer {
  const { config } = documentsOf({ layers, ...image });
  const paths = layers.map(({ digest }) => `blobs/sha256/${hexOf(digest)}`);
  const configPath = `blobs/sha256/${hexOf(sha256(config))}`;
  const list = json([{ Config: configPath, RepoTags: [name], Layers: paths }]);
  return archive(
    file(configPath, config),
    ...layers.map(({ stored }, at) => file(paths[at] ?? '', stored)),
    file('manifest.json', list),
  );
}
