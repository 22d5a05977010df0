import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether a process runs. One that has ended and that nobody asks about any more does not. */
export function isRunning(pid: number): boolean {
  if (!existsSync('/proc/self/stat')) return answersSignal(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false; // There is no such process.
  }
}

function answersSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // There is none, or it is another user's and so not ours.
  }
}

/** Of the server that runs in a data directory, or did. */
export async function postgresPid(data: string): Promise<number> {
  const { pid } = JSON.parse(await readFile(join(data, 'postgres.json'), 'utf8')) as { pid: number };
  return pid;
}

/** Ends the Postgres that a killed service has left in a data directory, if there is one. */
export async function endPostgres(data: string): Promise<void> {
  if (!existsSync(join(data, 'postgres.json'))) return;
  const pid = await postgresPid(data);
  if (isRunning(pid)) process.kill(pid, 'SIGQUIT');
}

/** Whether another user can run this checkout's code at all: below a folder of root only it cannot. */
export function canBeRunBy(uid: number): boolean {
  const script = fileURLToPath(import.meta.url);
  const check = 'require("node:fs").accessSync(process.argv[1])';
  return spawnSync(process.execPath, ['-e', check, script], { uid, gid: uid, cwd: '/' }).status === 0;
}
