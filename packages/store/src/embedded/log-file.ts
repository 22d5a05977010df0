import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './faults.ts';

const bytesMax = 10 * 1024 * 1024;
const tailBytes = 8 * 1024;
const tailLines = 20;

/** Postgres's own log, `DIR/postgres.log`. A file that has grown past 10 MiB becomes `postgres.log.1`, of which there is one. */
export interface LogFile {
  readonly descriptor: number;
  /** Where it ends now, in bytes. */
  mark(): Promise<number>;
  /** Its last lines since such a mark. */
  tail(from: number): Promise<string>;
  /** The server keeps its own descriptor. */
  close(): Promise<void>;
}

export async function openLog(directory: string): Promise<LogFile> {
  const path = join(directory, 'postgres.log');
  if ((await sizeOf(path)) > bytesMax) await rename(path, `${path}.1`);
  const file = await open(path, 'a+', 0o600);
  return {
    descriptor: file.fd,
    mark: async () => (await file.stat()).size,
    tail: (from) => tailOf(file, from),
    close: () => file.close(),
  };
}

/** The last lines of the log, for the message about a server that ended by itself. */
export async function readLogTail(directory: string): Promise<string> {
  const file = await open(join(directory, 'postgres.log'), 'r');
  try {
    return await tailOf(file, 0);
  } finally {
    await file.close();
  }
}

async function tailOf(file: FileHandle, from: number): Promise<string> {
  const { size } = await file.stat();
  const start = Math.max(from, size - tailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), 0, size - start, start);
  return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-tailLines).join('\n');
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
