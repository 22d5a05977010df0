import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where the kernel tells of processes; elsewhere (macOS) `ps` is asked. */
const hasProc = process.platform === 'linux';

/**
 * When a process started: with its number it names one process for ever, although numbers are used again. Letters,
 * digits and dashes, comparable for equality only.
 * @returns null when there is no such process, or nothing but a zombie of it.
 */
export function processStart(pid: number): string | null {
  return hasProc ? startFromProc(pid) : startFromPs(pid);
}

/** The command line by its arguments; null when the process is gone, empty for a zombie. */
export function processArguments(pid: number): readonly string[] | null {
  if (hasProc) return readOrNull(`/proc/${pid}/cmdline`)?.split('\0').filter(Boolean) ?? null;
  return askPs('command=', pid)?.split(' ') ?? null;
}

export function isRunning(pid: number): boolean {
  return processStart(pid) !== null;
}

/** @returns whether the process was there to receive it. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Looks every few milliseconds. @returns false when `timeoutMs` passed and it still runs. */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  const start = processStart(pid);
  while (start !== null && processStart(pid) === start) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

/** proc_pid_stat(5): the name may hold spaces and brackets, so fields are counted behind its last bracket. */
function startFromProc(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', ticks = ''] = [fields[0], fields[19]];
  // A boot has its own identity, or the first processes of two boots would be alike.
  return 'ZX'.includes(state) ? null : `${readOrNull('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? ''}-${ticks}`;
}

function startFromPs(pid: number): string | null {
  const [state = 'Z', ...start] = askPs('state=,lstart=', pid)?.split(/\s+/) ?? [];
  return state.startsWith('Z') ? null : start.join('-').replaceAll(/[^A-Za-z0-9-]/g, '');
}

function askPs(format: string, pid: number): string | null {
  const { status, stdout } = spawnSync('/bin/ps', ['-o', format, '-p', String(pid)], { encoding: 'utf8', env: {} });
  return status === 0 ? stdout.trim() : null;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: it ended between opening and reading.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error))) return null;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
