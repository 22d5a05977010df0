import { abortedBy, orAborted } from '@soupcon/net';

/**
 * Work that several callers wait for, done once for each key while it runs and, if it succeeds, for as long as `keep`
 * says. It has no signal of its own: one caller that leaves must not take it from the others.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #keep: boolean;

  constructor({ keep }: { keep: boolean }) {
    this.#keep = keep;
  }

  async get(key: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let running = this.#running.get(key);
    if (running === undefined) {
      running = work();
      this.#running.set(key, running);
      const forget = () => void this.#running.delete(key);
      running.then(this.#keep ? () => {} : forget, forget);
    }
    return signal === undefined ? running : orAborted(running, signal, () => abortedBy(signal, key));
  }
}
