import { type Store, system } from '@soupcon/store';
import type { Logger } from 'pino';

const apartMs = 20;
const notedForMs = 10_000;
const registriesMax = 10_000;

/**
 * What deliveries leave to do when they are answered: to tell the dispatchers, and to note when a registry was heard of.
 * Once for all that came meanwhile, and apart from the events, whose transactions would wait for one another if each of
 * them notified. Dispatchers look by themselves, too, so that nothing depends on it.
 */
export class AfterHooks {
  readonly #store: Store;
  readonly #logger: Logger;
  #working: Promise<void> | null = null;
  #hasScans = false;
  /** Heard of and not noted yet. */
  #heard = new Set<string>();
  readonly #notedAtMs = new Map<string, number>();

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** @param scans how many scans there are to begin. */
  heard(registryId: string, scans: number): void {
    const now = performance.now();
    const isNoted = now - (this.#notedAtMs.get(registryId) ?? Number.NEGATIVE_INFINITY) < notedForMs;
    if (!isNoted) {
      if (this.#notedAtMs.size >= registriesMax) this.#notedAtMs.clear();
      this.#notedAtMs.set(registryId, now);
      this.#heard.add(registryId);
    }
    if (scans > 0) this.#hasScans = true;
    if (scans === 0 && isNoted) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#hasScans || this.#heard.size > 0) {
      const [hasScans, heard] = [this.#hasScans, [...this.#heard]];
      this.#hasScans = false;
      this.#heard = new Set();
      try {
        if (hasScans) await system.hooks.ringDispatchers(this.#store.single);
        if (heard.length > 0) await system.hooks.noteSeen(this.#store.single, heard);
      } catch (error) {
        this.#logger.warn({ err: error }, 'dispatchers not told'); // They look by themselves soon.
      }
      await new Promise((resolve) => setTimeout(resolve, apartMs));
    }
  }
}
