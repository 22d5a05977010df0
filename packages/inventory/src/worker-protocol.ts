import type { LayerExpectation, LayerLimits } from '@soupcon/layers';
import type { Inventory, ResolvedImage, TransferredError } from '@soupcon/model';
import type { IndexableContent } from './index-layer.ts';
import type { PackedIndex } from './packed-index.ts';

/** What a worker thread is asked to do; one thing at a time. */
export type Task =
  | {
      readonly kind: 'index';
      readonly content: Exclude<IndexableContent, { kind: 'pieces' }> | { readonly kind: 'sent' };
      readonly expected: LayerExpectation;
      readonly limits: LayerLimits;
    }
  | { readonly kind: 'fold'; readonly layers: readonly PackedIndex[]; readonly image: FoldableImage };

export type FoldableImage = Pick<ResolvedImage, 'config' | 'layers' | 'problems'>;

/** From the pool to a thread. Pieces belong to the running task, whose content is `sent`. */
export type ToWorker =
  | { readonly type: 'task'; readonly task: Task }
  | { readonly type: 'piece'; readonly piece: Uint8Array<ArrayBuffer> }
  | { readonly type: 'last' }
  | { readonly type: 'failed'; readonly error: TransferredError };

/** From a thread to the pool. `ready` asks for one more piece, in memory that it gives back or in new. */
export type FromWorker =
  | { readonly type: 'ready'; readonly memory: ArrayBuffer | null }
  | { readonly type: 'progress'; readonly count: number }
  | { readonly type: 'indexed'; readonly index: PackedIndex }
  | { readonly type: 'folded'; readonly inventory: Inventory }
  | { readonly type: 'error'; readonly error: TransferredError | null; readonly message: string };

/** Pieces on their way to one thread, and their bytes. */
export const piecesInFlight = 4;
export const pieceBytesMax = 256 * 1024;
