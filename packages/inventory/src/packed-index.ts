import { deserialize, serialize } from 'node:v8';
import type { LayerIndex } from './layer-index.ts';

/**
 * A layer's index as threads hand it on: memory that moves instead of being copied. Only the thread that folds makes
 * objects of it; the one between the two never holds more than the bytes.
 */
export interface PackedIndex {
  /** Stored bytes of the layer. */
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function packIndex(index: LayerIndex): PackedIndex {
  // A copy in memory of its own and of the right size.
  return { size: index.size, bytes: new Uint8Array(serialize(index)) };
}

export function unpackIndex({ bytes }: PackedIndex): LayerIndex {
  return deserialize(bytes) as LayerIndex; // What `packIndex` made, in this process.
}
