import { defaultLimits, type LayerLimits } from '@soupcon/layers';
import { AppError, type ImageSource, type Inventory, type Problem, problem } from '@soupcon/model';
import { alignHistory } from './history.ts';
import { dropBeyondLimits, type PackedIndex, packIndex } from './packed-index.ts';
import { isOutOfMemory, WorkerPool } from './pool.ts';
import type { FoldableImage } from './worker-protocol.ts';

/** `bytes` of `total` stored bytes read; of a directory, entries seen, and no total. */
export interface LayerProgress {
  readonly layer: number;
  readonly layers: number;
  readonly bytes: number;
  readonly total: number | null;
  readonly done: boolean;
}

export interface TakeInventoryOptions {
  readonly signal: AbortSignal;
  /** Layers read at once. */
  readonly threads: number;
  readonly onProgress?: (progress: LayerProgress) => void;
  readonly limits?: LayerLimits;
}

/**
 * Reads every layer of an image, in worker threads, and says what is in it. What needs more memory than its limit is
 * left out and said to be.
 * @throws {AppError} the first that a layer throws; the others are then stopped.
 */
export async function takeInventory(source: ImageSource, options: TakeInventoryOptions): Promise<Inventory> {
  const { signal, threads, limits = defaultLimits } = options;
  const pool = new WorkerPool({ threads: source.access.parallel ? threads : 1, limits });
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  try {
    const indexes = new Array<PackedIndex>(source.image.layers.length);
    const sources = new Map<string, number>();
    const work = orderOf(source).map(async (layer) => {
      // The same bytes twice, as two empty steps give, are read once.
      const key = keyOf(source, layer);
      if (sources.has(key)) return;
      sources.set(key, layer);
      try {
        indexes[layer] = await indexOne(pool, source, layer, { ...options, signal: either, limits });
        dropBeyondLimits(indexes, limits);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
    const results = await Promise.allSettled(work);
    if (signal.aborted) throw new AppError('aborted', { cause: signal.reason });
    if (failed.signal.aborted) throw failed.signal.reason;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    const layers = source.image.layers.map((_, layer) => {
      const index = indexes[sources.get(keyOf(source, layer)) ?? layer];
      if (index === undefined) throw new TypeError(`Layer ${layer} was not indexed.`);
      return index;
    });
    const { config, layers: described, problems } = source.image;
    const image = { config, layers: described, problems };
    return await pool
      .fold({ kind: 'fold', layers, image }, { signal, subject: source.image.reference })
      .catch((error: unknown) => {
        if (!isOutOfMemory(error)) throw error;
        return notUnderstood(image);
      });
  } finally {
    await pool.close();
  }
}

/** The same for layers of the same bytes. */
function keyOf({ image }: ImageSource, layer: number): string {
  return image.layers[layer]?.digest ?? image.layers[layer]?.diffId ?? `layer ${layer}`;
}

/** Largest first, unless the source has a cheaper order: the last thread to finish then has least left to do. */
function orderOf({ access, image }: ImageSource): readonly number[] {
  if (!access.parallel) return access.order;
  return [...access.order].sort((a, b) => (image.layers[b]?.size ?? 0) - (image.layers[a]?.size ?? 0) || a - b);
}

async function indexOne(
  pool: WorkerPool,
  source: ImageSource,
  layer: number,
  { signal, onProgress, limits }: TakeInventoryOptions & { limits: LayerLimits },
): Promise<PackedIndex> {
  const content = source.layer(layer);
  const described = source.image.layers[layer];
  const { digest = null, diffId = null, size = null } = described ?? {};
  const report = (bytes: number, done: boolean) =>
    onProgress?.({ layer, layers: source.image.layers.length, bytes, total: size, done });
  const unread = (reason: Problem) => {
    report(0, true);
    const nothing = { paths: new Uint8Array(0), hidden: new Uint8Array(0), files: [], catalogers: {} };
    return packIndex({ digest, diffId, size: size ?? 0, problems: [reason], ...nothing });
  };
  if (content.kind === 'unavailable') return unread(content.problem);
  const reading = pool.index(
    {
      kind: 'index',
      content: content.kind === 'stream' ? { kind: 'sent' } : content,
      expected: { digest, diffId, size },
      limits,
    },
    {
      signal,
      subject: `layer ${digest ?? diffId ?? layer} of ${source.image.reference}`,
      onProgress: (count) => report(count, false),
      ...(content.kind === 'stream' ? { pieces: (stop: AbortSignal) => content.open(stop) } : {}),
    },
  );
  try {
    const index = await reading;
    report(index.size, true);
    return index;
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    return unread(problem('limit_memory', { more: 'reading the layer' }));
  }
}

/** What can be said of an image whose layers were read and could not be put together. */
function notUnderstood({ config, layers }: FoldableImage): Inventory {
  const { instructions } = alignHistory(config.history, layers.length);
  const reason = 'The image has more in it than could be put together in the memory there may be.';
  return {
    distro: null,
    completeness: { verdict: 'unknown', executables: { files: 0, bytes: 0, explainedBytes: 0 }, reasons: [reason] },
    layers: layers.map(({ index, digest, diffId, size }) => {
      return { index, digest, diffId, size, instruction: instructions[index] ?? null, packages: 0, base: false };
    }),
    packages: [],
    removed: [],
    problems: [problem('limit_memory', { more: 'putting the layers together' })],
  };
}
