import { open, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf } from './faults.ts';
import { processArguments } from './processes.ts';

/**
 * What a server writes into its cluster: process number, directory, start time, port, socket folder, address, shared
 * memory, state; a line each, the later ones later.
 * @see https://www.postgresql.org/docs/18/storage-file-layout.html (postmaster.pid)
 */
export interface PostmasterPid {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

const fileName = 'postmaster.pid';

/** Above the largest number a process can have on Linux or macOS: nothing ever has it. */
const nobodysPid = 2_147_483_646;

/** @returns null when there is none, or it is not of a running server. */
export async function readPostmasterPid(cluster: string): Promise<PostmasterPid | null> {
  const lines = await readLines(cluster);
  const pid = Number.parseInt(lines?.[0] ?? '', 10);
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === nobodysPid) return null;
  return { pid, port: Number.parseInt(lines?.[3] ?? '', 10) || 0, isReady: lines?.[7]?.trim() === 'ready' };
}

/** Whether that process is a server of this cluster: process numbers are used again. */
export function isServerOf(cluster: string, pid: number): boolean {
  const [program = '', ...rest] = processArguments(pid) ?? [];
  // While `unshare` has not become postgres yet, the program's path is one of its arguments.
  return [program, ...rest].some((one) => basename(one) === 'postgres') && rest.includes(cluster);
}

/**
 * Makes the server of the next start take this file for one of a dead process. Postgres refuses to start while any
 * process has the number in it, even one that is something else, or dead and not waited for. The file is not removed,
 * because by its line on shared memory Postgres sees whether children of the dead server are still at work.
 */
export async function disownPostmasterPid(cluster: string): Promise<void> {
  const lines = await readLines(cluster);
  if (lines === null || lines[0] === String(nobodysPid)) return;
  const path = join(cluster, fileName);
  const text = [String(nobodysPid), ...lines.slice(1)].join('\n');
  const { size } = await stat(path);
  const file = await open(path, 'r+'); // In place: it keeps its owner and mode.
  try {
    await file.write(text, 0);
    if (Buffer.byteLength(text) < size) await file.truncate(Buffer.byteLength(text));
  } finally {
    await file.close();
  }
}

async function readLines(cluster: string): Promise<string[] | null> {
  try {
    return (await readFile(join(cluster, fileName), 'utf8')).split('\n');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
