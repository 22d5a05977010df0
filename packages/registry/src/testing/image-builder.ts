import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '@soupcon/model';
import { type Header, pack } from 'tar-stream';

/** Test support: builds images from lists of files. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface Blob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly bytes: Uint8Array;
}

export interface BuiltImage {
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layers: readonly Blob[];
  /** Uncompressed layers. */
  readonly tars: readonly Uint8Array[];
}

export const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

export function blobOf(mediaType: string, content: Uint8Array | string | object): Blob {
  const bytes =
    content instanceof Uint8Array
      ? content
      : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
}

export function descriptorOf({ mediaType, digest, size }: Blob, more: object = {}): object {
  return { mediaType, digest, size, ...more };
}

export async function tarOf(
  entries: readonly (Partial<Header> & { name: string } & { content?: string | Uint8Array })[],
): Promise<Uint8Array> {
  const archive = pack();
  for (const { content, ...header } of entries) {
    const body = content === undefined ? undefined : Buffer.from(content);
    if (body === undefined) archive.entry({ mtime: new Date(0), ...header });
    else archive.entry({ mtime: new Date(0), ...header, size: body.length }, body);
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function filesTar(files: Files): Promise<Uint8Array> {
  return tarOf(Object.entries(files).map(([name, content]) => ({ name, content })));
}

export interface ImageOptions {
  readonly layers: readonly Files[];
  readonly platform?: { os: string; architecture: string; variant?: string };
  /** Put into the configuration as they are. */
  readonly config?: object;
  readonly layerType?: string;
  readonly configType?: string;
  readonly manifest?: object;
}

export async function buildImage(options: ImageOptions): Promise<BuiltImage> {
  const { platform = { os: 'linux', architecture: 'amd64' }, layerType = types.layer } = options;
  const tars = await Promise.all(options.layers.map(filesTar));
  const layers = tars.map((tar) => blobOf(layerType, layerType.endsWith('gzip') ? gzipSync(tar) : tar));
  const config = blobOf(options.configType ?? types.config, {
    created: '2024-03-01T00:00:00Z',
    ...platform,
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
    history: tars.map((_, at) => ({ created_by: `RUN step ${at}` })),
    ...options.config,
  });
  const manifest = blobOf(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(config),
    layers: layers.map((layer) => descriptorOf(layer)),
    ...options.manifest,
  });
  return { manifest, config, layers, tars };
}

export function indexOf(manifests: readonly object[], more: object = {}): Blob {
  return blobOf(types.index, { schemaVersion: 2, mediaType: types.index, manifests, ...more });
}

/** All blobs of images, once each. */
export function blobsOf(...images: readonly BuiltImage[]): Blob[] {
  return images.flatMap(({ manifest, config, layers }) => [manifest, config, ...layers]);
}

/** Writes an OCI layout whose `index.json` lists `entries`. */
export async function writeLayout(
  directory: string,
  blobs: readonly Blob[],
  entries: readonly object[],
): Promise<void> {
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: entries }));
  for (const { digest, bytes } of blobs) await writeFile(join(directory, 'blobs', 'sha256', digest.slice(7)), bytes);
}

/** The bytes that a layer's content yields. */
export async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const piece of pieces) chunks.push(Uint8Array.from(piece));
  return Buffer.concat(chunks);
}
