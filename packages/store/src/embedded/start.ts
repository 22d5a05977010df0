import { chown, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, type Logger } from '@soupcon/model';
import { attachTo } from './attach.ts';
import { chooseRunner } from './choose-runner.ts';
import { type Cluster, findCluster } from './cluster.ts';
import { createCluster, removeDrafts } from './create-cluster.ts';
import { claimOwnership } from './directory-lock.ts';
import { asUnusable, checkAborted, errnoOf } from './faults.ts';
import { type EmbeddedPostgres, handleOfGuest, handleOfOwner } from './handle.ts';
import { type Host, thisHost } from './host.ts';
import { settleLeftover } from './leftover.ts';
import { giveTo } from './places.ts';
import { fingerprintOf, launchServer, type Server } from './server.ts';
import { writeState } from './state-file.ts';
import { stopServer } from './stop-server.ts';

export interface EmbeddedPostgresOptions {
  /** The data directory; made if it is not there. The cluster is `postgres` in it, the log `postgres.log`. */
  readonly directory: string;
  readonly logger: Logger;
  /** Stops a start that is not finished; later it has no effect. */
  readonly signal?: AbortSignal;
  /** Settings of Postgres over ours, such as `fsync: 'off'` in tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * When the directory is served already: `never` refuses (the default), `if-running` uses that server, and starts one
   * when there is none; `only` uses it and never starts one.
   */
  readonly attach?: 'never' | 'if-running' | 'only';
}

/**
 * Starts the Postgres of a data directory, or adopts the one that a killed process left running there, and waits until
 * it takes connections.
 * @throws {AppError} `embedded_unavailable` (no programs for this platform), `embedded_busy` (another process serves
 * the directory), `embedded_not_running`, `embedded_version`, `data_directory_unusable`, `embedded_failed`, `aborted`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return startOn(thisHost, options);
}

/** The same on a machine that is described. */
export async function startOn(host: Host, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    if (options.attach === 'only') return await attachOnly(options);
    await mkdir(options.directory, { recursive: true });
    return await startOrAttach(host, { ...options, directory: await realpath(options.directory) });
  } catch (error) {
    throw asUnusable(error, options.directory);
  }
}

async function attachOnly({ directory, signal, logger }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const path = await realpath(directory).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  });
  const guest = path === null ? null : await attachTo(path, signal, logger);
  if (path === null || guest === null) throw new AppError('embedded_not_running', { subject: directory });
  return handleOfGuest(path, guest, logger);
}

async function startOrAttach(host: Host, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { directory, attach = 'never', signal, logger } = options;
  for (;;) {
    checkAborted(signal);
    const claim = await claimOwnership(directory);
    if ('ownership' in claim) {
      try {
        const { server, cluster } = await startAsOwner(host, options);
        return handleOfOwner({ directory, server, cluster, logger }, claim.ownership);
      } catch (error) {
        await claim.ownership.release();
        throw error;
      }
    }
    if (attach === 'never')
      throw new AppError('embedded_busy', { subject: `${directory}, by process ${claim.owner.pid}` });
    const guest = await attachTo(directory, signal, logger);
    if (guest !== null) return handleOfGuest(directory, guest, logger);
  }
}

/** What only the owner of the directory does. */
async function startAsOwner(
  host: Host,
  options: EmbeddedPostgresOptions,
): Promise<{ server: Server; cluster: Cluster }> {
  const { directory, settings = {}, signal, logger } = options;
  const binaries = await host.findBinaries();
  const fingerprint = fingerprintOf(binaries, settings);
  const existing = await findCluster(directory, binaries.major);
  const adopted = existing === null ? null : await settleLeftover(directory, existing, fingerprint, logger);
  if (existing !== null && adopted !== null) return { server: adopted, cluster: existing };

  const owner = existing?.owner ?? (await stat(directory));
  const clusterHome = existing === null ? null : dirname(existing.path);
  const chosen = await chooseRunner({ host, binaries, directory, clusterHome, owner, logger });
  await removeDrafts(chosen.home);
  const sync = settings['fsync'] !== 'off';
  const cluster = existing ?? (await createCluster({ ...chosen, host, directory, sync, signal, logger }));
  const { runner } = chosen;
  // Made in a namespace, which this machine does not allow any more.
  if (runner.way.kind === 'user' && cluster.owner.uid !== runner.way.uid) await giveTo(cluster.path, runner.way);
  const startedAt = performance.now();
  const { freePort } = host;
  const server = await launchServer({ runner, freePort, directory, cluster: cluster.path, settings, signal, logger });
  try {
    await writeState(directory, { ...server, password: cluster.password, cluster: cluster.path, fingerprint });
    if (host.isRoot) await giveToOwner(directory);
  } catch (error) {
    await stopServer(server.pid, logger);
    throw error;
  }
  const durationMs = Math.round(performance.now() - startedAt);
  logger.info({ pid: server.pid, port: server.port, directory, durationMs }, 'postgres ready');
  return { server, cluster };
}

/** Files that we make in a directory of an ordinary user become that user's, who may start the next one without root. */
async function giveToOwner(directory: string): Promise<void> {
  const { uid, gid } = await stat(directory);
  if (uid !== 0)
    for (const name of ['postgres.json', 'postgres.log', 'postgres.lock']) await chown(join(directory, name), uid, gid);
}
