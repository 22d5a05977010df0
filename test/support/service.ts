import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** From the compiled file: test/dist/support. */
const command = fileURLToPath(new URL('../../../apps/cli/bin/soupcon.js', import.meta.url));

/** A process of ours that goes on until it is stopped. */
export interface Running {
  readonly child: ChildProcess;
  /** What it wrote so far, both streams. */
  output(): string;
  /** As an operator does. @returns the exit status. */
  stop(): Promise<number | null>;
  /** As a power cut does. */
  kill(): Promise<void>;
}

export interface StartOptions {
  /** Working directory and home. */
  readonly home: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another user than that of the tests, which takes root. */
  readonly uid?: number;
}

/** Starts `soupcon ...words` with an environment of its own. */
export function startSoupcon(words: readonly string[], { home, environment = {}, uid }: StartOptions): Running {
  const child = spawn(process.execPath, [command, ...words], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-200_000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const ended = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exit = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await exit;
    return code;
  };
  return { child, output: () => output, stop: () => ended('SIGTERM'), kill: async () => void (await ended('SIGKILL')) };
}

/** Tries until it gives something other than undefined. @throws what the process wrote when it takes too long. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { timeoutMs = 30_000, everyMs = 50, output = (): string => '' } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = '';
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = String(error);
    }
    await wait(everyMs);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what} ${last}\n${output()}`);
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** Speaks to the HTTP interface with one key. */
export class Api {
  readonly base: string;
  readonly #key: string;

  constructor(base: string, key: string) {
    this.base = base;
    this.#key = key;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.#key}`,
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const sent = request(new URL(path, this.base), { method, headers, agent: false });
    sent.end(text);
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    let answer = '';
    for await (const piece of response) answer += piece;
    return { status: response.statusCode, body: (answer === '' ? null : JSON.parse(answer)) as T };
  }

  /** @throws when the answer is not a success. */
  async get<T>(path: string): Promise<T> {
    return this.#good('GET', path);
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#good('POST', path, body);
  }

  async put<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#good('PUT', path, body);
  }

  async delete<T>(path: string): Promise<T> {
    return this.#good('DELETE', path);
  }

  async #good<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** The key that a first start wrote into its data directory. */
export async function firstKey(data: string): Promise<string> {
  return (await readFile(join(data, 'api-key'), 'utf8')).trim();
}
