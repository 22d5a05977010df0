// What reads layers and folds them is no part of the door: worker threads load it, the thread that serves need not.
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
