// What reads layers and folds them is no part of the door: worker threads load it, the thread that serves need not.
// `made-by` and `sbom` have doors of their own, so that a scan does not load all catalogers into its main thread.
export type { PackedIndex } from './packed-index.ts';
export type {
  InventoryTaker,
  KeptIndexes,
  LayerProgress,
  TakeInventoryOptions,
  TakeOptions,
} from './take-inventory.ts';
export { createInventoryTaker, takeInventory } from './take-inventory.ts';
