import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@soupcon/model';
import { Client } from 'pg';
import { findBinaries } from '../embedded/binaries.ts';
import type { EmbeddedPostgres } from '../embedded/handle.ts';
import { type Host, thisHost } from '../embedded/host.ts';
import { type EmbeddedPostgresOptions, startOn } from '../embedded/start.ts';

/** Nothing of these tests outlives the machine, so nothing is forced to the disk. */
export const quick = { fsync: 'off' };

export const isRoot = thisHost.isRoot;

export interface Recorder extends Logger {
  readonly messages: string[];
}

export function recorder(): Recorder {
  const messages: string[] = [];
  const take = (_fields: unknown, message: string) => void messages.push(message);
  return { messages, debug: take, info: take, warn: take, error: take };
}

/** Folders of one test file, and the servers in them: both are gone after `end`. */
export class Bench {
  readonly #root: string;
  readonly #servers: { stop(): Promise<void> }[] = [];
  #count = 0;

  static async open(): Promise<Bench> {
    const root = await mkdtemp(join(tmpdir(), 'soupcon-embedded-'));
    await chmod(root, 0o755); // Some tests serve as another user.
    return new Bench(root);
  }

  private constructor(root: string) {
    this.#root = root;
  }

  /** A path that is not there yet. */
  path(): string {
    this.#count += 1;
    return join(this.#root, String(this.#count));
  }

  async start(directory: string, options: Partial<EmbeddedPostgresOptions> = {}, host: Partial<Host> = {}) {
    const postgres = await startOn(
      { ...thisHost, ...host },
      { settings: quick, logger: recorder(), ...options, directory },
    );
    this.#servers.push(postgres);
    return postgres;
  }

  /** Starts it in a Node process of its own, which ends when its input does. */
  async startElsewhere(directory: string, options: ElsewhereOptions = {}): Promise<Elsewhere> {
    const elsewhere = await startElsewhere(directory, options);
    this.#servers.push(elsewhere);
    return elsewhere;
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#servers.map((one) => one.stop()));
    await rm(this.#root, { recursive: true, force: true });
  }
}

export interface ElsewhereOptions {
  readonly attach?: EmbeddedPostgresOptions['attach'];
  readonly uid?: number;
  /** A folder `native`. */
  readonly binaries?: string;
}

export interface Elsewhere extends Process, Pick<EmbeddedPostgres, 'url' | 'port' | 'attached'> {
  readonly messages: readonly string[];
  /** The message of the error when it could not start, else null. */
  readonly error: string | null;
}

async function startElsewhere(directory: string, { uid, ...options }: ElsewhereOptions): Promise<Elsewhere> {
  return startScript<Omit<Elsewhere, keyof Process>>(
    'serve-embedded.js',
    JSON.stringify({ directory, ...options }),
    uid,
  );
}

/** A Node process that uses the tests' server in a directory. */
export function startAttached(directory: string): Promise<Process & { readonly url: string }> {
  return startScript<{ url: string }>('attach-tests.js', directory);
}

interface Process {
  readonly pid: number;
  kill(): Promise<void>;
  /** Ends its input. */
  stop(): Promise<void>;
}

/** Runs a script of this folder, and waits for its first line. */
async function startScript<Answer>(name: string, argument: string, uid?: number): Promise<Answer & Process> {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const user = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(process.execPath, [script, argument], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', ...user });
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const line = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('close', () => resolve('{"error":"no answer"}'));
  });
  const end = (stop: () => void) => {
    stop();
    return ended;
  };
  return {
    ...(JSON.parse(line) as Answer),
    pid: child.pid ?? 0,
    kill: () => end(() => child.kill('SIGKILL')),
    stop: () => end(() => child.stdin.end()),
  };
}

export async function query<Row>(url: string, text: string, ...more: string[]): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {}); // The query fails, too.
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const one of [text, ...more]) ({ rows } = (await client.query(one)) as unknown as { rows: Row[] });
    return rows;
  } finally {
    await client.end();
  }
}

export async function serverPid(url: string): Promise<number> {
  const rows = await query<{ pid: number }>(
    url,
    "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid",
  );
  return rows[0]?.pid ?? 0;
}

/** The programs' package as it is installed without install scripts: no links. @returns its folder `native`. */
export async function copyWithoutLinks(folder: string): Promise<string> {
  const { folder: native } = await findBinaries();
  await mkdir(folder, { recursive: true });
  spawnSync('cp', ['-a', native, join(dirname(native), 'package.json'), folder]);
  const libraries = join(folder, 'native', 'lib');
  for (const { name } of (await readdir(libraries, { withFileTypes: true })).filter((one) => one.isSymbolicLink()))
    await rm(join(libraries, name));
  return join(folder, 'native');
}

/** Whether another user can run this checkout's code at all: below a folder of root only it cannot. */
export function canBeRunBy(uid: number): boolean {
  const script = fileURLToPath(new URL('./serve-embedded.js', import.meta.url));
  const check = 'require("node:fs").accessSync(process.argv[1])';
  return spawnSync(process.execPath, ['-e', check, script], { uid, gid: uid, cwd: '/' }).status === 0;
}
