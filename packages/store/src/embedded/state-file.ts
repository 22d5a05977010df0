import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '@soupcon/model';
import { errnoOf } from './faults.ts';

/** What another process needs to attach to the server: `DIR/postgres.json`, readable by its owner only. */
export interface ServerState {
  readonly pid: number;
  readonly port: number;
  readonly password: Secret;
  /** The cluster without links. */
  readonly cluster: string;
  /** Of the programs and settings that the server runs with: a start that wants others starts it anew. */
  readonly fingerprint: string;
}

export async function writeState(
  directory: string,
  { pid, port, password, cluster, fingerprint }: ServerState,
): Promise<void> {
  const draft = `${pathOf(directory)}.new-${randomBytes(6).toString('hex')}`;
  const text = JSON.stringify({ pid, port, password: password.reveal(), cluster, fingerprint });
  await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, pathOf(directory));
}

/** @returns null when there is none. It may be of a server that is gone. */
export async function readState(directory: string): Promise<ServerState | null> {
  try {
    const state = JSON.parse(await readFile(pathOf(directory), 'utf8')) as Omit<ServerState, 'password'> & {
      password: string;
    };
    return { ...state, password: new Secret(state.password) };
  } catch (error) {
    // Damaged, it is as good as missing: it is only a note of what runs.
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

export async function removeState(directory: string): Promise<void> {
  await rm(pathOf(directory), { force: true });
}

function pathOf(directory: string): string {
  return join(directory, 'postgres.json');
}
