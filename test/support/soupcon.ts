import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From the compiled file: test/dist/support. */
const command = fileURLToPath(new URL('../../../apps/cli/bin/soupcon.js', import.meta.url));

export interface Run {
  /** Null when it did not end in time and was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Most memory that was resident at once; 0 where the system does not tell. */
  readonly peakKiB: number;
}

export interface RunOptions {
  /** Working directory, home and directory of temporary files: whatever is written unasked lies there afterwards. */
  readonly home: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly timeoutMs?: number;
}

export const canMeasureMemory = existsSync('/proc/self/status');
const pollMs = 20;

/** Runs the command as a user does, with an environment of its own. */
export async function soupcon(words: readonly string[], options: RunOptions): Promise<Run> {
  const { home, environment = {}, stdin = '', timeoutMs = 60_000 } = options;
  const child = spawn(process.execPath, [command, ...words], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  let peakKiB = 0;
  const poll = setInterval(() => {
    peakKiB = Math.max(peakKiB, peakOf(child.pid));
  }, pollMs);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  child.stdin.on('error', () => {}); // It may end without having read.
  child.stdin.end(stdin);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), peakKiB };
  } finally {
    clearInterval(poll);
    clearTimeout(timer);
  }
}

/** The system's own high-water mark, so that what happens between two looks counts, too. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** A directory for a test file's own things, with an empty home for the command in it. */
export interface Place {
  readonly root: string;
  readonly home: string;
  /** What the command left in its home. */
  leftovers(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function makePlace(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'soupcon-test-'));
  const home = await mkdtemp(join(root, 'home-'));
  return {
    root,
    home,
    leftovers: () => readdir(home),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Fails of our own kind, as they look when nobody caught them. */
export const stackTrace = /^\s+at .+:\d+:\d+\)?$/m;
