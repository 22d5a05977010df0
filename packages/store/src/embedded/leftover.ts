import type { Logger } from '@soupcon/model';
import { answers } from './answers.ts';
import type { Cluster } from './cluster.ts';
import { disownPostmasterPid, isServerOf, readPostmasterPid } from './postmaster-pid.ts';
import { type Server, watchServer } from './server.ts';
import { readState } from './state-file.ts';
import { stopServer } from './stop-server.ts';

/**
 * Settles what a start that was killed has left in the cluster: a server that runs as wanted is adopted, any other one
 * of this cluster is stopped, and the process number of one that is gone, which may be another program's by now, is
 * taken out of the way.
 * @returns the adopted server, or null when one has to be started.
 */
export async function settleLeftover(
  directory: string,
  cluster: Cluster,
  fingerprint: string,
  logger: Logger,
): Promise<Server | null> {
  const found = await readPostmasterPid(cluster.path);
  if (found !== null && isServerOf(cluster.path, found.pid)) {
    const state = await readState(directory);
    const agrees = state?.pid === found.pid && state.fingerprint === fingerprint;
    if (agrees && (await answers({ ...found, cluster: cluster.path, password: cluster.password }))) {
      logger.info({ pid: found.pid, port: found.port }, 'postgres adopted');
      return watchServer(found.pid, found.port);
    }
    logger.warn({ pid: found.pid, agrees }, 'postgres left over');
    await stopServer(found.pid, logger);
  }
  await disownPostmasterPid(cluster.path);
  return null;
}
