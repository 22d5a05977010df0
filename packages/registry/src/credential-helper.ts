import { spawn } from 'node:child_process';
import { AppError, Secret } from '@soupcon/model';
import { isFields, parseJson } from './shape.ts';

/** Executes a program with a text on its input. Rejects when it cannot be run, takes too long or says too much. */
export type RunHelper = (program: string, input: string) => Promise<{ status: number | null; output: Uint8Array }>;

const timeoutMs = 15_000;
const outputBytesMax = 64 * 1024;
/** How long output is waited for once the helper has ended: what it left running may hold the pipe open for ever. */
const afterExitMs = 1_000;

/**
 * Asks `docker-credential-<name> get`.
 * @returns null when the helper knows no credentials for the server. @throws {AppError} `config_invalid`.
 * @see https://github.com/docker/docker-credential-helpers
 */
export async function askHelper(
  run: RunHelper,
  name: string,
  server: string,
): Promise<{ username: string; secret: Secret } | null> {
  const fail = (why: string, cause?: unknown) =>
    new AppError('config_invalid', {
      subject: `the credential helper ${JSON.stringify(name.slice(0, 60))} ${why}`,
      cause,
    });
  // The name becomes part of a program's name, so it must not become a path.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw fail('has an impossible name');
  const { status, output } = await run(`docker-credential-${name}`, server).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fail(`cannot be used: ${reason}`, cause);
  });
  if (status !== 0) {
    if (/credentials not found/i.test(Buffer.from(output).toString('utf8'))) return null;
    throw fail(`ended with status ${status}`); // What it printed may be a secret.
  }
  const body = parseJson(output);
  if (!isFields(body)) throw fail('gave no JSON');
  const { Username: username, Secret: secret } = body;
  if (typeof username !== 'string' || typeof secret !== 'string') throw fail('gave no credentials');
  return secret === '' ? null : { username, secret: new Secret(secret) };
}

/** Runs without a shell; the environment is passed on, for helpers look for their own settings there. */
export const runHelper: RunHelper = (program, input) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let length = 0;
    child.on('error', reject);
    child.stdin.on('error', () => {}); // One that ends without reading is judged by its status.
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= outputBytesMax) chunks.push(chunk);
      else child.kill('SIGKILL');
    });
    child.on('exit', () => void setTimeout(() => child.stdout.destroy(), afterExitMs).unref());
    child.on('close', (status, signal) => {
      if (length > outputBytesMax) reject(new RangeError(`more than ${outputBytesMax} bytes of output`));
      else if (signal !== null) reject(new RangeError(`no answer in ${timeoutMs} ms`));
      else resolve({ status, output: Buffer.concat(chunks) });
    });
    child.stdin.end(`${input}\n`);
  });
