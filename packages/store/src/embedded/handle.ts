import type { Logger, Secret } from '@soupcon/model';
import type { Guest } from './attach.ts';
import { urlOf } from './cluster.ts';
import { claimOwnership, countGuests, type Ownership } from './directory-lock.ts';
import { readLogTail } from './log-file.ts';
import { isServerOf } from './postmaster-pid.ts';
import type { Ending } from './run.ts';
import type { Server } from './server.ts';
import { readState, removeState } from './state-file.ts';
import { stopServer } from './stop-server.ts';

export interface EmbeddedPostgres {
  /** `postgres://USER:PASSWORD@127.0.0.1:PORT/DATABASE` of the role that owns everything; a secret. */
  readonly url: string;
  readonly port: number;
  /** Whether another process owns the server. */
  readonly attached: boolean;
  /** When the server is gone, stopped or not; of a server that another process started the status is not known. */
  readonly exited: Promise<Ending>;
  /**
   * The owner's stops the server and waits until it is gone, unless other processes are attached: then it keeps running,
   * and the last of them stops it. Every call after the first one waits for the same.
   */
  stop(): Promise<void>;
}

interface Served {
  readonly directory: string;
  readonly server: Server;
  readonly cluster: { readonly path: string; readonly password: Secret };
  readonly logger: Logger;
}

export function handleOfOwner(served: Served, ownership: Ownership): EmbeddedPostgres {
  return handle(served, false, () => stopUnlessUsed(served, ownership));
}

export function handleOfGuest(directory: string, { server, state, leave }: Guest, logger: Logger): EmbeddedPostgres {
  const served = { directory, server, cluster: { path: state.cluster, password: state.password }, logger };
  return handle(served, true, async () => {
    await leave();
    const claim = await claimOwnership(directory);
    if ('ownership' in claim) await stopUnlessUsed(served, claim.ownership);
  });
}

async function stopUnlessUsed({ directory, server, cluster, logger }: Served, ownership: Ownership): Promise<void> {
  const { pid } = server;
  try {
    await ownership.announceStop();
    const guests = await countGuests(directory);
    if (guests > 0) {
      logger.info({ pid, guests }, 'postgres left to guests');
      return;
    }
    if (isServerOf(cluster.path, pid)) await stopServer(pid, logger);
    if ((await readState(directory))?.pid === pid) await removeState(directory);
    logger.info({ pid }, 'postgres stopped');
  } finally {
    await ownership.release();
  }
}

function handle(
  { directory, server, cluster, logger }: Served,
  attached: boolean,
  stopOnce: () => Promise<void>,
): EmbeddedPostgres {
  let stopping: Promise<void> | null = null;
  const report = async ({ code, signal }: Ending) => {
    if (stopping !== null) return;
    const output = await readLogTail(directory).catch((error: unknown) => String(error));
    logger.error({ pid: server.pid, code, signal, output }, 'postgres ended');
  };
  void server.exited.then(report);
  const stop = () => {
    stopping ??= stopOnce();
    return stopping;
  };
  return { url: urlOf(server.port, cluster.password), port: server.port, attached, exited: server.exited, stop };
}
