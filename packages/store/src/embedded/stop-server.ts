import { AppError, type Logger } from '@soupcon/model';
import { sendSignal, waitUntilGone } from './processes.ts';

/** Fast: it rolls back, writes a checkpoint and ends; immediate: it ends and recovers at the next start; at once. */
const steps = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

/**
 * Stops a server, whoever started it, and waits until it is gone. No acknowledged write is lost on any way.
 * @throws {AppError} `embedded_failed` when it is still there after 27 s.
 */
export async function stopServer(pid: number, logger: Logger): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (!sendSignal(pid, signal) || (await waitUntilGone(pid, waitMs))) return;
    logger.warn({ pid, signal, waitMs }, 'postgres still running');
  }
  throw new AppError('embedded_failed', { subject: `process ${pid} does not end` });
}
