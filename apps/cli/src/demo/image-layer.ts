import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Digest, digestFromHex } from '@soupcon/model';
import { type Header, type Pack, pack } from 'tar-stream';

/** One entry of a layer. `path` is relative to the image's root; `from` is a file of this machine with `size` bytes. */
export type LayerEntry = { readonly path: string; readonly mode?: number } & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly from: string; readonly size: number }
  | { readonly kind: 'link'; readonly target: string }
);

/** A layer as it lies in its file. */
export interface WrittenLayer {
  readonly path: string;
  /** Of the stored bytes, and of the tar archive inside them. */
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly size: number;
}

/** The entry that hides a path of the layers below. @see https://github.com/opencontainers/image-spec/blob/main/layer.md */
export function whiteout(path: string): LayerEntry {
  const slash = path.lastIndexOf('/') + 1;
  return { kind: 'bytes', path: `${path.slice(0, slash)}.wh.${path.slice(slash)}`, bytes: new Uint8Array(0) };
}

/**
 * Writes a layer, gzipped, in one pass: nothing is held but the entry under way. Times are left out, so that the same
 * files are the same layer.
 */
export async function writeLayer(entries: Iterable<LayerEntry>, path: string): Promise<WrittenLayer> {
  const archive = pack();
  archive.on('error', () => {}); // The pipeline tells it; the archive's own word comes after, when nobody listens.
  const [tarHash, hash] = [createHash('sha256'), createHash('sha256')];
  let size = 0;
  const stored = pipeline(
    archive as AsyncIterable<Uint8Array>,
    hashed(tarHash),
    createGzip({ level: 1 }), // Most of it is the Node executable, and the image is thrown away after the demo.
    hashed(hash, (bytes) => {
      size += bytes;
    }),
    createWriteStream(path),
  );
  const packed = addAll(archive, entries).catch((error: Error) => {
    archive.destroy(error);
    throw error;
  });
  const [failed] = (await Promise.allSettled([stored, packed])).filter(({ status }) => status === 'rejected');
  if (failed !== undefined && 'reason' in failed) throw failed.reason;
  return { path, digest: digestFromHex(hash.digest('hex')), diffId: digestFromHex(tarHash.digest('hex')), size };
}

async function addAll(archive: Pack, entries: Iterable<LayerEntry>): Promise<void> {
  for (const entry of entries) await add(archive, entry);
  archive.finalize();
}

/** Waits until the archive has taken the entry: else a layer would pile up in front of a slow disk. */
function add(archive: Pack, entry: LayerEntry): Promise<void> {
  const header: Partial<Header> & { name: string } = {
    name: entry.path,
    mode: entry.mode ?? 0o644,
    mtime: new Date(0),
  };
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    const opened = () => {
      if (entry.kind === 'link') return archive.entry({ ...header, type: 'symlink', linkname: entry.target }, done);
      if (entry.kind === 'bytes') return archive.entry(header, Buffer.from(entry.bytes), done);
      if (entry.size === 0) return archive.entry(header, Buffer.alloc(0), done);
      return archive.entry({ ...header, size: entry.size }, done);
    };
    const into = opened().on('error', reject);
    if (entry.kind !== 'file' || entry.size === 0) return;
    // What is added to the file while it is read is left out; what is taken away makes the archive fail.
    const source = createReadStream(entry.from, { end: entry.size - 1, highWaterMark: 256 * 1024 });
    pipeline(source, into).catch(reject);
  });
}

function hashed(hash: Hash, seen: (bytes: number) => void = () => {}) {
  return async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      seen(chunk.byteLength);
      yield chunk;
    }
  };
}
