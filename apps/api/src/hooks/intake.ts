import { AppError } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';

type Delivery = system.hooks.HookDelivery;
type Outcome = system.hooks.HookOutcome | null;

interface Waiting {
  readonly delivery: Delivery;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** While one is written to the disk others are worked on; with more, each would be smaller, and cost more. */
const runningMax = 3;
const eventsMax = 2000;

/**
 * Brings deliveries into the database: what comes while others are on their way goes together, in one statement. A
 * delivery is answered when it is committed. One that comes alone waits for nobody.
 */
export class Intake {
  readonly #store: Store;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #isPlanned = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @returns null when there is no such address. */
  take(delivery: Delivery): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      this.#plan();
    });
  }

  /** After the requests that have come in at this moment, so that they go together. */
  #plan(): void {
    if (this.#isPlanned || this.#running >= runningMax || this.#waiting.length === 0) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      void this.#run(this.#next());
    });
  }

  #next(): Waiting[] {
    let events = 0;
    const end = this.#waiting.findIndex(({ delivery }) => {
      events += delivery.events.length + 1;
      return events > eventsMax;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#running += 1;
    try {
      await this.#bring(batch);
    } finally {
      this.#running -= 1;
      this.#plan();
    }
  }

  /** Each promise is settled; none of what goes wrong is thrown here. */
  async #bring(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await system.hooks.receive(
        this.#store.single,
        batch.map(({ delivery }) => delivery),
      );
      for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] ?? null);
    } catch (error) {
      if (error instanceof AppError || batch.length === 1) for (const { reject } of batch) reject(error);
      else for (const one of batch) await this.#bring([one]); // A fault that one of them brings is its own alone.
    }
  }
}
