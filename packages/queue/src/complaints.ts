import type { Logger } from '@soupcon/model';

const againMs = 60_000;
const kindsMax = 100;

/** Says what is wrong with the engine, and the same thing not again for a minute: it is asked all the time. */
export function complaints(logger: Logger): (error: Error) => void {
  const saidAt = new Map<string, number>();
  return ({ message, name }) => {
    const reason = message || name;
    // Names of jobs make the texts many; what is told apart is where they begin.
    const kind = reason.slice(0, 24);
    const now = performance.now();
    if (now - (saidAt.get(kind) ?? Number.NEGATIVE_INFINITY) < againMs) return;
    if (saidAt.size >= kindsMax) saidAt.clear();
    saidAt.set(kind, now);
    logger.warn({ reason }, 'queue disturbed');
  };
}
