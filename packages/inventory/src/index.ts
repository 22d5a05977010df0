export type { Cataloger } from './cataloger.ts';
export { catalogers } from './catalogers.ts';
export { foldImage } from './fold.ts';
export type { IndexableContent, IndexLayerOptions } from './index-layer.ts';
export { indexLayer } from './index-layer.ts';
export type { KeptFile, LayerIndex } from './layer-index.ts';
export { readSbom } from './sbom/read-sbom.ts';
export type { LayerProgress, TakeInventoryOptions } from './take-inventory.ts';
export { takeInventory } from './take-inventory.ts';
