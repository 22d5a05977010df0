import { setImmediate } from 'node:timers/promises';
import { AppError } from '@soupcon/model';

const turnMs = 20;

/**
 * A function to call in a long loop, and to await: it lets go of the event loop when 20 ms have passed since it last did.
 * It throws {@link AppError} `aborted` once the signal is.
 */
export function pacer(signal: AbortSignal | undefined): () => Promise<void> | undefined {
  let turnStart = performance.now();
  return () => {
    if (performance.now() - turnStart < turnMs) return undefined;
    return setImmediate().then(() => {
      if (signal?.aborted) throw new AppError('aborted', { subject: 'reading advisories', cause: signal.reason });
      turnStart = performance.now();
    });
  };
}
