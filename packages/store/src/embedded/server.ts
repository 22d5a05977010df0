import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Logger } from '@soupcon/model';
import type { Binaries } from './binaries.ts';
import { checkAborted, programFault } from './faults.ts';
import { type LogFile, openLog } from './log-file.ts';
import { readPostmasterPid } from './postmaster-pid.ts';
import { processStart } from './processes.ts';
import { type Ending, endingText } from './run.ts';
import { launch, type Runner } from './runner.ts';
import { stopServer } from './stop-server.ts';

/** A server that runs: one that this process started, or one that was found. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** When it is gone, by whatever cause; of one that was found the status is not known. */
  readonly exited: Promise<Ending>;
}

interface Launch {
  readonly runner: Runner;
  readonly freePort: () => Promise<number>;
  readonly directory: string;
  /** Without links. */
  readonly cluster: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly logger: Logger;
}

const portsMax = 5;
/** Crash recovery of a large database may take its time; a server that is at it is not interrupted before. */
const readyMsMax = 300_000;
/** How long children of a server that was killed may take to notice. */
const orphansMsMax = 10_000;

/** For one person's machine: few connections, little memory, and no other way in than the port. */
const ownSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '128MB',
  max_connections: '60',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/** What a running server has to agree with to be used as it is. */
export function fingerprintOf({ folder, version }: Binaries, settings: Readonly<Record<string, string>>): string {
  const all = Object.entries({ ...ownSettings, ...settings }).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([folder, version, all]))
    .digest('hex');
}

/**
 * Starts the server and waits until it takes connections.
 * @throws {AppError} `embedded_failed` with the last lines of its log; `data_directory_unusable`; `aborted`.
 */
export async function launchServer(wanted: Launch): Promise<Server> {
  const startedAt = performance.now();
  const log = await openLog(wanted.directory);
  try {
    for (let portsTried = 1; ; ) {
      const from = await log.mark();
      const result = await tryStart(wanted, await wanted.freePort(), log);
      if (!('ending' in result)) return result;
      const output = await log.tail(from);
      if (isPortTaken(output) && portsTried < portsMax) {
        portsTried += 1;
        wanted.logger.info({ portsTried }, 'postgres port taken');
      } else if (hasOrphans(output) && performance.now() - startedAt < orphansMsMax) {
        wanted.logger.debug({ output }, 'postgres orphans at work');
        await sleep(50);
      } else throw programFault('postgres', wanted.cluster, endingText(result.ending), output);
    }
  } finally {
    await log.close();
  }
}

function isPortTaken(output: string): boolean {
  return /could not bind|Address already in use/.test(output);
}

function hasOrphans(output: string): boolean {
  return /pre-existing shared memory block .* still in use|lock file "postmaster.pid" already exists/.test(output);
}

/** One start on one port. */
async function tryStart(wanted: Launch, port: number, log: LogFile): Promise<Server | { ending: Ending }> {
  checkAborted(wanted.signal);
  const settings = { ...ownSettings, ...wanted.settings, port: String(port) };
  const args = [
    '-D',
    wanted.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const child = launch(wanted.runner, 'postgres', args, ['ignore', log.descriptor, log.descriptor]);
  const exited = endOf(child);
  const { pid } = child;
  if (pid === undefined) {
    await exited; // Rejects with the reason.
    throw new AppError('embedded_failed', { subject: 'postgres has no process' });
  }
  child.unref(); // A command that is done is done, even if it forgot to stop the server.
  let ending: Ending | null = null;
  exited.then(
    (one) => {
      ending = one;
    },
    () => {},
  );
  const deadline = performance.now() + readyMsMax;
  while (ending === null) {
    const file = await readPostmasterPid(wanted.cluster);
    if (file?.pid === pid && file.isReady) return { pid, port, exited };
    if (wanted.signal?.aborted || performance.now() > deadline) {
      await stopServer(pid, wanted.logger);
      checkAborted(wanted.signal);
      throw new AppError('embedded_failed', { subject: `postgres was not ready after ${readyMsMax / 1000} s` });
    }
    await sleep(4);
  }
  return { ending };
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new AppError('embedded_unavailable', { subject: cause.message, cause })));
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Looks after a server that another process started. The timer keeps no process alive. */
export function watchServer(pid: number, port: number): Server {
  const start = processStart(pid);
  const exited = new Promise<Ending>((resolve) => {
    const timer = setInterval(() => {
      if (start !== null && processStart(pid) === start) return;
      clearInterval(timer);
      resolve({ code: null, signal: null });
    }, 200);
    timer.unref();
  });
  return { pid, port, exited };
}
