import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';

/** Test support: the distribution registry and the tools round it, where they are installed. */
export const run = promisify(execFile);

export function executablePath(): string {
  const { PATH = '' } = env;
  return PATH;
}

/** Those of the programs that are not on the PATH. */
export function missingPrograms(programs: readonly string[], path: string): string[] {
  return programs.filter(
    (program) => !path.split(delimiter).some((directory) => isExecutable(join(directory, program))),
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface RealRegistry {
  readonly host: string;
  /** Requests it has answered, `GET /v2/app/blobs/sha256:...`, of clients that call themselves so; only with `logs`. */
  requests(client?: string): string[];
  /** Where it keeps the bytes of a blob. */
  blobFile(digest: string): string;
  stop(): Promise<void>;
}

export interface RealRegistryOptions {
  /** YAML of whole sections, such as `auth` and `notifications`. */
  readonly sections?: string;
  /** One that {@link freePort} gave; any other without it. */
  readonly port?: number;
  readonly logs?: boolean;
}

export async function startRealRegistry(
  directory: string,
  { sections = '', port: given, logs = false }: RealRegistryOptions = {},
): Promise<RealRegistry> {
  const port = given ?? (await freePort());
  const file = join(directory, `registry-${port}.yml`);
  const storage = join(directory, `storage-${port}`);
  const lines = [
    'version: 0.1',
    `log: { level: error, accesslog: { disabled: ${!logs} } }`,
    `storage: { filesystem: { rootdirectory: '${storage}' } }`,
    `http: { addr: '127.0.0.1:${port}', secret: test }`,
  ];
  await writeFile(file, `${lines.join('\n')}\n${sections}\n`);
  const child = spawn('docker-registry', ['serve', file], { stdio: ['ignore', logs ? 'pipe' : 'ignore', 'ignore'] });
  let log = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await answers(port, child);
  const requests = (client = '') =>
    [...log.matchAll(/"([A-Z]+ \/v2\/[^ "]*) HTTP[^"]*" \d+ \d+ "[^"]*" "([^"]*)"/g)]
      .filter(([, , agent = '']) => agent.startsWith(client))
      .map(([, request = '']) => request);
  return { host: `127.0.0.1:${port}`, requests, blobFile: blobIn(storage), stop: () => stopped(child) };
}

function blobIn(storage: string): (digest: string) => string {
  return (digest) => {
    const hex = digest.replace('sha256:', '');
    return join(storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.unref();
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stopped(child);
  throw new Error('docker-registry did not start');
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Copies from a layout with skopeo; `more` are its further options. */
export async function push(layout: string, to: string, more: readonly string[] = []): Promise<void> {
  await run('skopeo', [
    'copy',
    '--insecure-policy',
    '--dest-tls-verify=false',
    ...more,
    `oci:${layout}`,
    `docker://${to}`,
  ]);
}
