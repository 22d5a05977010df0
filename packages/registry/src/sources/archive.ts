import { type FileHandle, open } from 'node:fs/promises';
import { type Compression, compressionOf } from '@soupcon/layers';
import {
  AppError,
  type Digest,
  digestOf,
  type ImageLayer,
  type ImageSource,
  type LayerContent,
  parseDigest,
} from '@soupcon/model';
import { configBytesMax, parseConfig } from '../config.ts';
import { manifestLimits } from '../manifest.ts';
import { choosePlatform } from '../platform-choice.ts';
import { type PlatformWish, platformNotFound } from '../resolve.ts';
import { type ArchiveEntry, type ArchiveIndex, findFile, indexArchive } from './archive-index.ts';
import { chooseImage, type SavedImage } from './archive-manifest.ts';
import { ArchivePass } from './archive-pass.ts';
import { contentAt } from './content.ts';
import { splitPath } from './split-path.ts';

/**
 * Opens an image that `docker save` wrote, `FILE` or `FILE:NAME`, uncompressed or not. Of an uncompressed archive the
 * layers are ranges of the file; of a compressed one they come in the archive's order from one pass.
 * @throws {AppError} `source_not_found`, `source_unreadable`, `source_ambiguous`, `blob_missing`,
 * `blob_digest_mismatch`, `config_malformed`, `platform_not_found`.
 */
export async function openArchive(
  rest: string,
  reference: string,
  wish: PlatformWish,
  signal?: AbortSignal,
): Promise<ImageSource> {
  const { path, tag } = await splitPath(rest, (found) => found.isFile());
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw new AppError('source_unreadable', { subject: `${path} cannot be opened`, cause });
  });
  try {
    const archive = await readArchive(handle, path, signal);
    return await openImageOf(archive, tag, reference, wish);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Archive {
  readonly handle: FileHandle;
  readonly path: string;
  readonly compression: Compression;
  readonly index: ArchiveIndex;
}

async function readArchive(handle: FileHandle, path: string, signal: AbortSignal | undefined): Promise<Archive> {
  const head = Buffer.alloc(8);
  await handle.read(head, 0, head.length, 0);
  const compression = compressionOf(head);
  return { handle, path, compression, index: await indexArchive(handle, path, compression, signal) };
}

async function openImageOf(
  archive: Archive,
  tag: string | null,
  reference: string,
  wish: PlatformWish,
): Promise<ImageSource> {
  const { path, index, handle } = archive;
  const saved = chooseImage(await readManifest(archive), path, tag);
  const { digest, bytes } = await readConfig(archive, saved);
  const { config, problems } = parseConfig(bytes, saved.layers.length, reference);
  if (wish.platform !== null && config.platform !== null && choosePlatform([config.platform], wish.platform) === null) {
    throw platformNotFound(reference, wish.platform, [config.platform]);
  }
  const files = saved.layers.map((name) => {
    const file = findFile(index, name);
    if (file === null) throw new AppError('blob_missing', { subject: `${path}: ${name}` });
    return file;
  });
  const layers = files.map((file, at) => describeLayer(file, at, config.diffIds?.[at] ?? null));
  const { contents, order, close } = contentsOf(archive, files);
  return {
    image: {
      reference,
      digest,
      mediaType: 'application/vnd.docker.container.image.v1+json',
      platform: config.platform,
      created: config.created,
      size: files.reduce((sum, { size }) => sum + size, bytes.length),
      config,
      layers,
      problems,
    },
    layer: (at) => contentAt(contents, at),
    access: { order, parallel: archive.compression === 'none' },
    async close() {
      close();
      await handle.close();
    },
  };
}

async function readManifest(archive: Archive): Promise<Uint8Array> {
  const { path, index } = archive;
  const manifest = findFile(index, 'manifest.json');
  if (manifest !== null) return readSmall(archive, manifest, manifestLimits.bytesMax);
  const isLayout = index.entries.has('index.json');
  const why = isLayout ? 'an OCI layout in an archive: unpack it and name it as oci:DIR' : 'it has no manifest.json';
  throw new AppError('source_unreadable', { subject: `${path} is not a docker archive; ${why}` });
}

/** The configuration, held against the digest that its name gives. */
async function readConfig(archive: Archive, { config }: SavedImage): Promise<{ digest: Digest; bytes: Uint8Array }> {
  const file = findFile(archive.index, config);
  if (file === null) throw new AppError('blob_missing', { subject: `${archive.path}: ${config}` });
  const bytes = await readSmall(archive, file, configBytesMax);
  const digest = digestOf(bytes);
  const named = digestInName(config);
  if (named !== null && named !== digest) {
    throw new AppError('blob_digest_mismatch', { subject: `${archive.path}: ${config} is ${digest}` });
  }
  return { digest, bytes };
}

/** `blobs/sha256/<hex>` and `<hex>.json` say their digest; other names do not. */
function digestInName(name: string): Digest | null {
  const [, hex] = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(name) ?? [];
  return hex === undefined ? null : parseDigest(`sha256:${hex}`);
}

/** A layer stored uncompressed is known by its diffID alone; only a compressed one has a digest besides. */
function describeLayer({ path, size }: ArchiveEntry, index: number, diffId: Digest | null): ImageLayer {
  const named = path.startsWith('blobs/sha256/') ? digestInName(path) : null;
  const digest = named === diffId ? null : named;
  const mediaType = `application/vnd.docker.image.rootfs.diff.tar${digest === null ? '' : '.gzip'}`;
  return { index, digest, diffId, size, mediaType };
}

async function readSmall(archive: Archive, file: ArchiveEntry, bytesMax: number): Promise<Uint8Array> {
  const { handle, path, compression, index } = archive;
  if (file.size > bytesMax) {
    throw new AppError('source_unreadable', { subject: `${path}: ${file.path} has more than ${bytesMax} bytes` });
  }
  const captured = index.captured.get(file.ordinal);
  if (captured !== undefined) return captured;
  if (file.offset !== null) {
    const bytes = Buffer.alloc(file.size);
    const { bytesRead } = await handle.read(bytes, 0, file.size, file.offset);
    if (bytesRead === file.size) return bytes;
    throw new AppError('source_unreadable', { subject: `${path} is cut off` });
  }
  const pass = new ArchivePass(handle, path, compression, new Set([file.ordinal]));
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of pass.content(file.ordinal)) pieces.push(piece);
    return Buffer.concat(pieces);
  } finally {
    pass.close();
  }
}

function contentsOf(archive: Archive, files: readonly ArchiveEntry[]) {
  const { path, handle, compression } = archive;
  const order = files.map((_, at) => at);
  const ranges = files.flatMap(({ offset, size }): LayerContent[] =>
    offset === null ? [] : [{ kind: 'file', path, offset, size }],
  );
  if (ranges.length === files.length) return { contents: ranges, order, close: () => {} };
  const wanted = new Set(files.map(({ ordinal }) => ordinal));
  let idle: ArchivePass | null = null;
  /** Goes on with the pass that rests when it can still reach the entry, else begins a new one. */
  async function* read(ordinal: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const rested: ArchivePass | null = idle;
    idle = null;
    const reaches = rested?.reaches(ordinal) ?? false;
    if (!reaches) rested?.close();
    const pass = rested !== null && reaches ? rested : new ArchivePass(handle, path, compression, wanted);
    let sound = false;
    try {
      yield* pass.content(ordinal, signal);
      sound = true;
    } finally {
      if (sound && idle === null) idle = pass;
      else pass.close();
    }
  }
  const contents = files.map(
    ({ ordinal }): LayerContent => ({
      kind: 'stream',
      open: async (signal) => read(ordinal, signal),
    }),
  );
  order.sort((a, b) => (files[a]?.ordinal ?? 0) - (files[b]?.ordinal ?? 0) || a - b);
  return { contents, order, close: () => idle?.close() };
}
