import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Logger } from '@soupcon/model';
import { answers } from './answers.ts';
import { findOwner, registerGuest } from './directory-lock.ts';
import { type Server, watchServer } from './server.ts';
import { readState, type ServerState } from './state-file.ts';

export interface Guest {
  readonly server: Server;
  readonly state: ServerState;
  leave(): Promise<void>;
}

/** A first start makes the cluster, and one after a crash recovers. */
const waitMsMax = 180_000;

/**
 * Uses the server that another process owns, waiting until it is ready.
 * @returns null when nobody owns the directory (any more) and no server runs in it.
 * @throws {AppError} `embedded_busy` when the owner lives, but its server does not answer in time; `aborted`.
 */
export async function attachTo(
  directory: string,
  signal: AbortSignal | undefined,
  logger: Logger,
): Promise<Guest | null> {
  const deadline = performance.now() + waitMsMax;
  for (;;) {
    const guest = await tryAttach(directory);
    if (guest !== null) {
      logger.info({ pid: guest.server.pid, port: guest.server.port }, 'postgres attached');
      return guest;
    }
    const owner = await findOwner(directory);
    if (owner === null) return null;
    if (signal?.aborted) throw new AppError('aborted', { subject: 'embedded Postgres', cause: signal.reason });
    if (performance.now() > deadline)
      throw new AppError('embedded_busy', {
        subject: `${directory}, by process ${owner.pid}, whose server does not answer`,
      });
    await sleep(25);
  }
}

async function tryAttach(directory: string): Promise<Guest | null> {
  const state = await readState(directory);
  if (state === null) return null;
  // First said, then asked: an owner that stops first says so, then counts, so that one of the two sees the other.
  const { leave } = await registerGuest(directory);
  const stopping = (await findOwner(directory))?.state === 'stopping';
  if (!stopping && (await answers(state))) return { server: watchServer(state.pid, state.port), state, leave };
  await leave();
  return null;
}
