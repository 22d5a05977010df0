import { abortedBy } from '@soupcon/net';

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
    return orAborted(running, signal, key);
  }
}

/** Waits for a promise, but no longer than the signal. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, subject: string): Promise<T> {
  if (signal === undefined) return promise;
  let leave = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(abortedBy(signal, subject));
  });
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
