import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@soupcon/model';
import type { Chosen } from './choose-runner.ts';
import { type Cluster, clusterLink, newPassword, passwordFile, superuser } from './cluster.ts';
import { checkAborted, isThere, programFault } from './faults.ts';
import type { Host } from './host.ts';
import { collect, endingText } from './run.ts';
import { launch, type Runner } from './runner.ts';

interface NewCluster extends Chosen {
  readonly host: Host;
  readonly directory: string;
  /** Whether the files have to be on the disk before it counts as finished. */
  readonly sync: boolean;
  readonly signal: AbortSignal | undefined;
  readonly logger: Logger;
}

const initdbTimeoutMs = 300_000;
const draftPrefix = 'postgres.new-';

/**
 * Makes a database cluster in a draft beside its final place and renames it when it is finished: what was ended half
 * way never looks like a cluster.
 */
export async function createCluster(wanted: NewCluster): Promise<Cluster> {
  const { runner, home, directory, logger } = wanted;
  const startedAt = performance.now();
  const password = newPassword();
  const draft = join(home, `${draftPrefix}${randomBytes(6).toString('hex')}`);
  const user = runner.way.kind === 'user' ? runner.way : null;
  try {
    for (const folder of [draft, join(draft, 'cluster')]) {
      await mkdir(folder, { mode: 0o700 });
      if (user !== null) await chown(folder, user.uid, user.gid);
    }
    const secret = join(draft, passwordFile);
    await writeSynced(secret, `${password.reveal()}\n`, user);
    await runInitdb(wanted, draft, secret);
    await rename(secret, join(draft, 'cluster', passwordFile));
    await syncFolder(join(draft, 'cluster'));
    await setAside(join(home, 'postgres'));
    await rename(join(draft, 'cluster'), join(home, 'postgres'));
    await syncFolder(home);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  if (home !== directory) await symlink(join(home, 'postgres'), clusterLink(directory));
  logger.info({ home, durationMs: Math.round(performance.now() - startedAt) }, 'postgres cluster created');
  const path = await realpath(clusterLink(directory));
  const { uid, gid } = await stat(path);
  return { path, owner: { uid, gid }, password };
}

/**
 * Only a place outside the data directory can hold a cluster by now: of a start that was killed before it linked to it,
 * or of a data directory that was removed since. It is not the one that is wanted, and not ours to delete.
 */
async function setAside(path: string): Promise<void> {
  if ((await isThere(path)) && (await readdir(path)).length > 0) await rename(path, `${path}.old-${Date.now()}`);
}

/** Removes what starts that were killed have left. */
export async function removeDrafts(home: string): Promise<void> {
  for (const name of await readdir(home))
    if (name.startsWith(draftPrefix)) await rm(join(home, name), { recursive: true, force: true, maxRetries: 5 });
}

/** The order of texts is that of their code points, whatever the machine's C library thinks. */
async function runInitdb({ runner, host, sync, signal }: NewCluster, draft: string, secret: string): Promise<void> {
  const where = ['-D', join(draft, 'cluster'), '-U', superuser, `--pwfile=${secret}`, '--auth=scram-sha-256'];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const rest = ['--set=timezone=UTC', '--set=log_timezone=UTC', '--no-instructions', ...(sync ? [] : ['--no-sync'])];
  const run = (as: Runner) => {
    const child = launch(as, 'initdb', [...where, ...locale, ...rest], ['ignore', 'pipe', 'pipe']);
    return collect(child, initdbTimeoutMs, signal);
  };
  let ending = await run(runner);
  // A container may run as a user that has a number and no name. initdb, alone of the programs, asks for the name.
  if (ending.code !== 0 && /could not look up effective user ID/.test(ending.output) && runner.way.kind === 'direct')
    ending = await run({ ...runner, way: { kind: 'namespace', program: host.unshare } });
  checkAborted(signal);
  if (ending.code !== 0) throw programFault('initdb', draft, endingText(ending), ending.output);
}

async function writeSynced(path: string, text: string, user: { uid: number; gid: number } | null): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    if (user !== null) await file.chown(user.uid, user.gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
