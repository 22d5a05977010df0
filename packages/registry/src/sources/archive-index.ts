import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { type BodySink, type Compression, type Entry, TarWalker } from '@soupcon/layers';
import { AppError } from '@soupcon/model';
import { archiveLimits, unreadable, walkLimits } from './archive-limits.ts';
import { unpackFile } from './archive-unpack.ts';

/** An entry of the archive. `offset` is where its content begins in the file; null when the archive is compressed. */
export interface ArchiveEntry {
  readonly ordinal: number;
  readonly path: string;
  readonly kind: Entry['kind'];
  readonly size: number;
  readonly linkTarget: string | null;
  readonly offset: number | null;
}

/** What is in an archive, by path; of entries of one path the last. */
export interface ArchiveIndex {
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  /** Small files that were read on the way through a compressed archive, by ordinal. */
  readonly captured: ReadonlyMap<number, Uint8Array>;
}

const pieceBytes = 64 * 1024;

/** Documents of an image: manifest.json, `<digest>.json`, and small blobs, which a configuration may be. */
const documentNames = /^(?:manifest\.json|[0-9a-f]{64}\.json|blobs\/sha256\/[0-9a-f]{64})$/;

/**
 * Lists an archive. An uncompressed one is stepped through header by header; of a compressed one all is unpacked once.
 * @throws {AppError} `source_unreadable` when it is no whole tar archive.
 */
export async function indexArchive(
  handle: FileHandle,
  path: string,
  compression: Compression,
  signal?: AbortSignal,
): Promise<ArchiveIndex> {
  const entries = new Map<string, ArchiveEntry>();
  const captured = new Map<number, Uint8Array>();
  let ordinal = 0;
  let room: number = archiveLimits.captureTotalMax;
  let names = 0;
  const walker: TarWalker = new TarWalker(
    {
      entry(entry) {
        const offset = compression === 'none' ? walker.position : null;
        const { kind, size, linkTarget } = entry;
        names += entry.path.length + (linkTarget?.length ?? 0);
        if (names > archiveLimits.namesMax) throw unreadable(path, 'limit_names', false);
        const listed = { ordinal: ordinal++, path: entry.path, kind, size, linkTarget, offset };
        entries.set(entry.path, listed);
        if (offset !== null || size > archiveLimits.captureBytesMax || size > room) return null;
        if (!documentNames.test(entry.path)) return null;
        room -= size;
        return capture(size, (bytes) => captured.set(listed.ordinal, bytes));
      },
      problem(code, _path, more) {
        if (code.startsWith('path_') || code.startsWith('limit_path')) return; // Names nobody will ask for.
        throw unreadable(path, code, walker.headers === 0, more);
      },
    },
    walkLimits,
  );
  if (compression === 'none') await stepThrough(handle, path, walker, signal);
  else await walkAll(handle, path, compression, walker, signal);
  if (walker.headers === 0) throw new AppError('source_unreadable', { subject: `${path} is not a tar archive` });
  return { entries, captured };
}

async function stepThrough(
  handle: FileHandle,
  path: string,
  walker: TarWalker,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { size } = await handle.stat();
  const buffer = Buffer.alloc(pieceBytes);
  for (let at = 0; !walker.done; ) {
    if (signal?.aborted) throw new AppError('aborted', { subject: path, cause: signal.reason });
    if (walker.skippable > 0) {
      const step = Math.min(walker.skippable, size - at);
      if (step <= 0) break;
      walker.skip(step);
      at += step;
      continue;
    }
    const { bytesRead } = await handle.read(buffer, 0, pieceBytes, at);
    if (bytesRead === 0) break;
    walker.write(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  walker.end();
}

async function walkAll(
  handle: FileHandle,
  path: string,
  compression: Compression,
  walker: TarWalker,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stream = unpackFile(handle, path, compression, (piece) => walker.write(piece));
  try {
    while (await stream.advance()) {
      if (signal?.aborted) throw new AppError('aborted', { subject: path, cause: signal.reason });
    }
    walker.end();
  } finally {
    stream.close();
  }
}

function capture(size: number, done: (bytes: Uint8Array) => void): BodySink {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  return {
    write(piece) {
      bytes.set(piece.subarray(0, size - filled), filled);
      filled += piece.length;
      return true;
    },
    end: (whole) => {
      if (whole) done(bytes);
    },
  };
}

/** The file a name stands for, links followed inside the archive; null when there is none. */
export function findFile({ entries }: ArchiveIndex, name: string): ArchiveEntry | null {
  let path = insidePath(name);
  for (let hops = 0; path !== null && hops <= archiveLimits.linksMax; hops++) {
    const entry = entries.get(path);
    if (entry === undefined) return null;
    if (entry.kind === 'file') return entry;
    if (entry.linkTarget === null) return null;
    path = insidePath(entry.kind === 'symlink' ? posix.join(posix.dirname(path), entry.linkTarget) : entry.linkTarget);
  }
  return null;
}

function insidePath(name: string): string | null {
  const path = posix.normalize(name).replace(/^\/+/, '');
  return path === '' || path === '.' || path === '..' || path.startsWith('../') ? null : path;
}
