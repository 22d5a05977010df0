import type { LayerProgress } from '@soupcon/inventory';
import type { ImageLayer, ScanProgress } from '@soupcon/model';

/** Adds up how far the images of a scan are. Layers that are known count as done at once. */
export class ProgressCount {
  readonly #tell: (progress: ScanProgress) => void;
  readonly #bytes = new Map<string, number>();
  readonly #done = new Set<string>();
  #layersTotal = 0;
  #bytesTotal = 0;
  #known = 0;

  constructor(tell: (progress: ScanProgress) => void) {
    this.#tell = tell;
  }

  /** An image whose inventory is there already. */
  known(): void {
    this.#known += 1;
    this.#report();
  }

  opened(layers: readonly ImageLayer[]): void {
    this.#layersTotal += layers.length;
    const bytes = layers.reduce((sum, { size }) => sum + (size ?? 0), 0);
    // What a manifest says may be anything.
    this.#bytesTotal = Math.min(this.#bytesTotal + bytes, Number.MAX_SAFE_INTEGER);
    this.#report();
  }

  layer(image: string, { layer, bytes, done }: LayerProgress): void {
    const key = `${image} ${layer}`;
    this.#bytes.set(key, bytes);
    if (done) this.#done.add(key);
    this.#report();
  }

  #report(): void {
    const isKnown = this.#known > 0 || this.#layersTotal > 0;
    this.#tell({
      layersDone: this.#done.size,
      layersTotal: isKnown ? this.#layersTotal : null,
      bytesDone: [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0),
      bytesTotal: isKnown ? this.#bytesTotal : null,
    });
  }
}
