export type { Cataloger } from './cataloger.ts';
export { catalogers } from './catalogers.ts';
export { foldImage } from './fold.ts';
export type { IndexableContent, IndexLayerOptions } from './index-layer.ts';
export { indexLayer } from './index-layer.ts';
export type { KeptFile, LayerIndex } from './layer-index.ts';
export { indexMadeBy, inventoryMadeBy } from './made-by.ts';
export type { PackedIndex } from './packed-index.ts';
export { readSbom } from './sbom/read-sbom.ts';
export type {
  InventoryTaker,
  KeptIndexes,
  LayerProgress,
  TakeInventoryOptions,
  TakeOptions,
} from './take-inventory.ts';
export { createInventoryTaker, takeInventory } from './take-inventory.ts';
