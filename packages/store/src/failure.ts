import { AppError } from '@soupcon/model';

/** Classes of SQLSTATE that say that the server is not there, is going away, or has no room: another try may do. */
const transient = /^(08|53|57P0)/;
const transientSystem = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOENT',
]);
const transientText =
  /^Connection terminated|timeout exceeded when trying to connect|^Client has encountered a connection/;

/**
 * What the database's client threw, in our words: `database_unavailable` when another try may do; everything else is a
 * fault of ours and stays as it is.
 */
export function asAppError(error: unknown, subject: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { code = '' } = error as { code?: string };
  const isAway = transient.test(code) || transientSystem.has(code) || transientText.test(error.message);
  if (isAway) return new AppError('database_unavailable', { subject, cause: error });
  const isRefused = code === '28P01' || code === '28000' || code === '3D000' || code === '42501';
  return isRefused
    ? new AppError('database_refused', { subject: `${subject}: ${error.message}`, cause: error })
    : error;
}

/** Serialisation failures and deadlocks: the whole transaction may be run again. */
export function isRepeatable(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === '40001' || code === '40P01';
}
