import { deserialize, serialize } from 'node:v8';
import type { LayerLimits } from '@soupcon/layers';
import { problem } from '@soupcon/model';
import type { KeptFile, LayerIndex } from './layer-index.ts';

/**
 * A layer's index as threads hand it on: memory that moves instead of being copied. Only the thread that folds makes
 * objects of it; the one between the two never holds more than the bytes.
 */
export interface PackedIndex {
  /** Stored bytes of the layer. */
  readonly size: number;
  /** The kept files; null when they were more than the image may have. */
  readonly files: Uint8Array<ArrayBuffer> | null;
  /** All else; null when that was too much, too. */
  readonly rest: Uint8Array<ArrayBuffer> | null;
  /** The clock ended it: the same bytes may give more another time. */
  readonly timedOut: boolean;
  /** What it was before anything was dropped. */
  readonly weight: { readonly files: number; readonly filesBytes: number; readonly restBytes: number };
}

export function packIndex({ files: kept, ...others }: LayerIndex): PackedIndex {
  const [files, rest] = [pack(kept), pack(others)];
  const weight = { files: kept.length, filesBytes: files.length, restBytes: rest.length };
  const timedOut = others.problems.some(({ code }) => code === 'limit_time');
  return { size: others.size, files, rest, timedOut, weight };
}

/** A copy in memory of its own and of the right size. */
function pack(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(serialize(value));
}

export function unpackIndex({ size, files, rest }: PackedIndex): LayerIndex {
  const nothing = { digest: null, diffId: null, size, paths: new Uint8Array(0), hidden: new Uint8Array(0) };
  // What `packIndex` made, in this process.
  const others =
    rest === null ? { ...nothing, problems: [], catalogers: {} } : (deserialize(rest) as Omit<LayerIndex, 'files'>);
  if (files !== null) return { ...others, files: deserialize(files) as KeptFile[] };
  const dropped = problem('limit_kept_bytes', { more: 'the layers of the image together have more' });
  return { ...others, files: [], problems: [...others.problems, dropped] };
}

/** The memory that moves with indexes; a layer that is there twice has one. */
export function buffersOf(indexes: readonly PackedIndex[]): ArrayBuffer[] {
  return [...new Set(indexes.flatMap(({ files, rest }) => [files, rest]))].flatMap((bytes) => bytes?.buffer ?? []);
}

/**
 * Drops what the layers have more than an image may, in place. Layers count from the base up, so that the same ones
 * lose however they came in, and so that no more than the limits is held while they come.
 */
export function dropBeyondLimits(indexes: (PackedIndex | undefined)[], limits: LayerLimits): void {
  let [files, filesBytes, restBytes] = [0, 0, 0];
  for (const [layer, index] of indexes.entries()) {
    if (index === undefined) continue;
    files += index.weight.files;
    filesBytes += index.weight.filesBytes;
    restBytes += index.weight.restBytes;
    const keepsFiles = files <= limits.keptFilesMax && filesBytes <= limits.keptBytesMax * packedGrowth;
    const keepsRest = restBytes <= limits.pathsBytesMax;
    if (keepsFiles && keepsRest) continue;
    indexes[layer] = {
      ...index,
      files: keepsFiles && keepsRest ? index.files : null,
      rest: keepsRest ? index.rest : null,
    };
  }
}

/** Packed facts are at most this much larger than they were weighed: each file has its path and names of fields. */
const packedGrowth = 2;
