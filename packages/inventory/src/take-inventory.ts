import type { LayerLimits } from '@soupcon/layers';
import { defaultLimits } from '@soupcon/layers/limits';
import { AppError, type ImageLayer, type ImageSource, type Inventory, type Problem, problem } from '@soupcon/model';
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

export interface TakeOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: LayerProgress) => void;
  /** Where indexes of layers are kept between images; without it every layer is read. */
  readonly kept?: KeptIndexes;
}

export interface TakeInventoryOptions extends TakeOptions {
  /** Layers read at once. */
  readonly threads: number;
  readonly limits?: LayerLimits;
}

/** Indexes of layers that were read before, by the same versions of the catalogers. */
export interface KeptIndexes {
  /** Null when the layer has to be read. */
  load(layer: ImageLayer): Promise<PackedIndex | null>;
  /** Called once a layer was read whole and both its digests are what they should be. */
  save(layer: ImageLayer, index: PackedIndex): Promise<void>;
}

/** Threads that read layers and put them together, for many images. */
export interface InventoryTaker {
  /** As {@link takeInventory}. */
  take(source: ImageSource, options: TakeOptions): Promise<Inventory>;
  close(): Promise<void>;
}

export function createInventoryTaker({
  threads,
  limits = defaultLimits,
}: Pick<TakeInventoryOptions, 'threads' | 'limits'>): InventoryTaker {
  const pool = new WorkerPool({ threads, limits });
  return { take: (source, options) => takeWith(pool, limits, source, options), close: () => pool.close() };
}

/**
 * Reads every layer of an image, in worker threads, and says what is in it. What needs more memory than its limit is
 * left out and said to be.
 * @throws {AppError} the first that a layer throws; the others are then stopped.
 */
export async function takeInventory(source: ImageSource, options: TakeInventoryOptions): Promise<Inventory> {
  const { threads, limits = defaultLimits } = options;
  const taker = createInventoryTaker({ threads: source.access.parallel ? threads : 1, limits });
  try {
    return await taker.take(source, options);
  } finally {
    await taker.close();
  }
}

async function takeWith(
  pool: WorkerPool,
  limits: LayerLimits,
  source: ImageSource,
  options: TakeOptions,
): Promise<Inventory> {
  const { signal } = options;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const indexes = new Array<PackedIndex>(source.image.layers.length);
  const sources = new Map<string, number>();
  const readOne = async (layer: number) => {
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
  };
  const order = orderOf(source);
  const lanes = source.access.parallel ? order.map((layer) => [layer]) : [order];
  const work = lanes.map(async (lane) => {
    for (const layer of lane) await readOne(layer);
  });
  const results = await Promise.allSettled(work);
  if (signal.aborted)
    throw signal.reason instanceof AppError ? signal.reason : new AppError('aborted', { cause: signal.reason });
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  const layers = source.image.layers.map((_, layer) => {
    const index = indexes[sources.get(keyOf(source, layer)) ?? layer];
    if (index === undefined) throw new TypeError(`Layer ${layer} was not indexed.`);
    return index;
  });
  const { config, layers: described, problems } = source.image;
  const image = { config, layers: described, problems };
  return pool
    .fold({ kind: 'fold', layers, image }, { signal, subject: source.image.reference })
    .catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      return notUnderstood(image);
    });
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
  { signal, onProgress, kept, limits }: TakeOptions & { limits: LayerLimits },
): Promise<PackedIndex> {
  const content = source.layer(layer);
  const described = source.image.layers[layer];
  if (described === undefined) throw new TypeError(`The image has no layer ${layer}.`);
  const { digest, diffId, size } = described;
  const report = (bytes: number, done: boolean) =>
    onProgress?.({ layer, layers: source.image.layers.length, bytes, total: size, done });
  const unread = (reason: Problem) => {
    report(0, true);
    const nothing = { paths: new Uint8Array(0), hidden: new Uint8Array(0), files: [], catalogers: {} };
    return packIndex({ digest, diffId, size: size ?? 0, problems: [reason], ...nothing });
  };
  if (content.kind === 'unavailable') return unread(content.problem);
  const known = await kept?.load(described);
  if (known) {
    report(known.size, true);
    return known;
  }
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
    // What the clock cut short may be read whole another time.
    if (!index.timedOut) await kept?.save(described, index);
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
