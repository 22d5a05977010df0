import { randomBytes } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, Secret } from '@soupcon/model';
import { errnoOf, isThere } from './faults.ts';

/** A finished database cluster: `DIR/postgres`, or what that links to. */
export interface Cluster {
  /** Without links, as the server's command line has it. */
  readonly path: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Of {@link superuser}. */
  readonly password: Secret;
}

/** The role that owns the cluster, and its database. */
export const superuser = 'soupcon';
export const database = 'postgres';

/** Made with the cluster and moved with it, so that neither is there without the other. */
export const passwordFile = 'soupcon.password';

export function clusterLink(directory: string): string {
  return join(directory, 'postgres');
}

export function newPassword(): Secret {
  return new Secret(randomBytes(24).toString('base64url'));
}

export function urlOf(port: number, password: Secret): string {
  return `postgres://${superuser}:${password.reveal()}@127.0.0.1:${port}/${database}`;
}

/**
 * The cluster of a data directory; null when there is none, or an empty folder.
 * @throws {AppError} `embedded_version` for one of another major version; `data_directory_unusable` for a folder that
 * is something else, and for a link to what is gone.
 */
export async function findCluster(directory: string, major: string): Promise<Cluster | null> {
  const link = clusterLink(directory);
  if (!(await isThere(link))) return null;
  try {
    const path = await realpath(link);
    if ((await readdir(path)).length === 0) return null;
    const version = (await readFile(join(path, 'PG_VERSION'), 'utf8')).trim();
    if (version !== major)
      throw new AppError('embedded_version', { subject: `${link} is of Postgres ${version}, this is ${major}` });
    const password = new Secret((await readFile(join(path, passwordFile), 'utf8')).trim());
    const { uid, gid } = await stat(path);
    return { path, owner: { uid, gid }, password };
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    const subject = `${link} is not a database of Soupcon: ${(cause as NodeJS.ErrnoException).path} is missing`;
    throw new AppError('data_directory_unusable', { subject, cause });
  }
}
