import type { KeptIndexes } from '@soupcon/inventory';
import { indexMadeBy } from '@soupcon/inventory/made-by';
import type { ImageLayer } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';

export interface KeptIndexesOptions {
  readonly store: Store;
  /** Whose scan it is: an index is used again only for who has served the layer's bytes before. */
  readonly organizationId: string;
  /** The registry serves anybody, so that a layer of it is everybody's. */
  readonly isPublic: boolean;
}

/** Indexes of layers in the store. A layer is kept as soon as it was read, so that a scan that dies resumes behind it. */
export function keptIndexes({ store, organizationId, isPublic }: KeptIndexesOptions): KeptIndexes {
  return {
    async load({ digest }) {
      if (digest === null) return null;
      const kept = await store.asSystem((tx) => system.layers.loadIndex(tx, { organizationId, digest }, indexMadeBy));
      if (kept === null) return null;
      const { sizeBytes, filesCount } = kept;
      // Copies: the inventory moves them to another thread, which what the database's client hands out does not allow.
      const [files, rest] = [new Uint8Array(kept.files), new Uint8Array(kept.rest)];
      const weight = { files: filesCount, filesBytes: files.length, restBytes: rest.length };
      return { size: sizeBytes, files, rest, timedOut: false, weight };
    },
    async save({ digest, diffId }: ImageLayer, { size, files, rest, weight }) {
      if (digest === null || files === null || rest === null) return;
      const layer = { organizationId, digest, diffId, isPublic };
      const kept = { sizeBytes: size, files, rest, filesCount: weight.files };
      await store.asSystem((tx) => system.layers.saveIndex(tx, layer, kept, indexMadeBy));
    },
  };
}
