import { closeSync, openSync, readSync } from 'node:fs';
import { type LayerExpectation, type LayerLimits, readLayer, walkDirectory } from '@soupcon/layers';
import { AppError } from '@soupcon/model';
import type { Cataloger } from './cataloger.ts';
import type { LayerIndex } from './layer-index.ts';
import { LayerIndexer } from './layer-indexer.ts';

/** A layer's stored bytes, as the thread that indexes it gets them. */
export type IndexableContent =
  | { readonly kind: 'file'; readonly path: string; readonly offset: number; readonly size: number }
  | { readonly kind: 'pieces'; readonly pieces: AsyncIterable<Uint8Array> }
  | { readonly kind: 'directory'; readonly path: string };

export interface IndexLayerOptions {
  readonly catalogers: readonly Cataloger[];
  readonly limits: LayerLimits;
  readonly signal: AbortSignal;
  /** Stored bytes read so far; of a directory, entries seen. */
  readonly onProgress?: (count: number) => void;
}

/**
 * Reads one layer once and says what is in it, alone. Blocks its thread while it computes: call it in a worker.
 * @throws {AppError} what `readLayer` and `walkDirectory` throw; `blob_missing` when a file is not there.
 */
export async function indexLayer(
  content: IndexableContent,
  expected: LayerExpectation,
  { catalogers, limits, signal, onProgress }: IndexLayerOptions,
): Promise<LayerIndex> {
  const indexer = new LayerIndexer(catalogers, limits);
  const progress = onProgress === undefined ? {} : { onProgress };
  if (content.kind === 'directory') {
    walkDirectory(content.path, indexer, { limits, aborted: () => signal.aborted, ...progress });
    return indexer.finish({ digest: null, diffId: null, size: 0 });
  }
  const stored = content.kind === 'file' ? readRange(content) : content.pieces;
  const reading = await readLayer(stored, expected, indexer, { limits, signal, ...progress });
  return indexer.finish({ digest: reading.digest, diffId: reading.diffId, size: reading.size });
}

const pieceBytes = 1024 * 1024;

/**
 * One buffer for the whole file: each piece is used up before the next is read. The thread reads by itself, because it
 * has nothing else to do meanwhile and then has the bytes in its own core's cache.
 */
async function* readRange({
  path,
  offset,
  size,
}: Extract<IndexableContent, { kind: 'file' }>): AsyncGenerator<Uint8Array> {
  const file = openFile(path);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(size, 1)));
    for (let at = 0; at < size; ) {
      const bytesRead = readSync(file, buffer, 0, Math.min(buffer.length, size - at), offset + at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    closeSync(file);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new AppError(isMissing ? 'blob_missing' : 'source_unreadable', { subject: path, cause });
  }
}
