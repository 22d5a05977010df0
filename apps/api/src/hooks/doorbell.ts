import { type Store, system } from '@soupcon/store';
import type { Logger } from 'pino';

const apartMs = 20;

/**
 * Tells the dispatchers that there is something to do: once for all that came meanwhile, and apart from the events, whose
 * transactions would wait for one another if each of them notified. It is a hint: dispatchers look by themselves, too.
 */
export class Doorbell {
  readonly #store: Store;
  readonly #logger: Logger;
  #ringing: Promise<void> | null = null;
  #again = false;

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  ring(): void {
    this.#again = true;
    this.#ringing ??= this.#work().finally(() => {
      this.#ringing = null;
    });
  }

  /** Resolves when what was rung for is told. */
  async idle(): Promise<void> {
    await this.#ringing;
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        await system.hooks.ringDispatchers(this.#store.single);
      } catch (error) {
        this.#logger.warn({ err: error }, 'dispatchers not told'); // They look by themselves soon.
      }
      await new Promise((resolve) => setTimeout(resolve, apartMs));
    }
  }
}
