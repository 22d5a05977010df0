import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, lstat, mkdir, open, readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError, silentLogger } from '@soupcon/model';
import { findOwner } from '../embedded/directory-lock.ts';
import { startEmbeddedPostgres } from '../embedded/start.ts';

const keeper = fileURLToPath(new URL('./keeper.js', import.meta.url));
/** Another checkout, or another user of the machine, has another server. */
const owner = process.getuid?.() ?? 0;
const checkout = createHash('sha256').update(keeper).digest('hex').slice(0, 12);
const readyMsMax = 60_000;

const memory = '/dev/shm';
const memoryBytesMin = 2 * 1024 ** 3;

let known: Promise<string> | null = null;

/**
 * The Postgres of the tests, as its owner: `SOUPCON_TEST_DATABASE_URL` or `DATABASE_URL` where one is given, else an
 * embedded one, which all test files of this checkout share and which ends some seconds after the last process that
 * uses it.
 */
export function testServer(): Promise<string> {
  const given = process.env['SOUPCON_TEST_DATABASE_URL'] || process.env['DATABASE_URL'];
  known ??= given ? Promise.resolve(given) : embeddedOfCheckout();
  return known;
}

async function embeddedOfCheckout(): Promise<string> {
  return embeddedServer(join(await temporaryFolder(), `soupcon-test-${owner}-${checkout}`));
}

/** In memory where there is plenty of it: a copy of a template takes 12 ms there, and 270 ms on the disk of a small machine. */
async function temporaryFolder(): Promise<string> {
  try {
    await access(memory, constants.W_OK);
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize >= memoryBytesMin ? memory : tmpdir();
  } catch {
    return tmpdir(); // Only Linux has it.
  }
}

/**
 * Attaches to the server in `directory` for as long as this process lives, and sees to it that somebody keeps it, until
 * `idleMs` after its last use.
 */
export async function embeddedServer(directory: string, idleMs = 10_000): Promise<string> {
  await openOwn(directory);
  const deadline = performance.now() + readyMsMax;
  let keeperStartedAt = -Infinity;
  for (;;) {
    const url = await attach(directory);
    if (url !== null && (await findOwner(directory)) !== null) return url;
    if (performance.now() > deadline) {
      const log = await readFile(logOf(directory), 'utf8');
      throw new AppError('embedded_failed', { subject: `for the tests, in ${directory}\n${log.slice(-2_000)}` });
    }
    // One of those that several test files start keeps the server; the others see that and end.
    if (performance.now() - keeperStartedAt > 5_000) {
      keeperStartedAt = performance.now();
      await startKeeper(directory, idleMs);
    }
    await sleep(20);
  }
}

/** The use is not ended: it counts until the process is gone, however that ends. */
async function attach(directory: string): Promise<string | null> {
  try {
    return (await startEmbeddedPostgres({ directory, attach: 'only', logger: silentLogger })).url;
  } catch (error) {
    if (error instanceof AppError && error.code === 'embedded_not_running') return null;
    throw error;
  }
}

async function startKeeper(directory: string, idleMs: number): Promise<void> {
  const log = await open(logOf(directory), 'a');
  try {
    const stdio = ['ignore', log.fd, log.fd] as const;
    spawn(process.execPath, [keeper, directory, String(idleMs)], {
      detached: true,
      stdio: [...stdio],
      cwd: '/',
      env: {},
    }).unref();
  } finally {
    await log.close();
  }
}

function logOf(directory: string): string {
  return join(directory, 'keeper.log');
}

/** In a folder that everybody may write, the name may be somebody else's already. */
async function openOwn(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o022) !== 0)
    throw new AppError('data_directory_unusable', { subject: `${directory}: it is another user's` });
}
