import { randomUUID } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { AppError } from '@soupcon/model';

/**
 * Writes and waits until standard output has taken it. Rejects with the stream's own error when its reader is gone.
 * @throws {AppError} `output_unwritable` for any other, such as a full disk.
 */
export function writeText(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error) resolve();
      else if (isClosedPipe(error)) reject(error);
      else reject(unwritable('standard output', error));
    });
  });
}

/** Whether the reader of our output went away, as `head` does: no fault of anybody. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

/**
 * Says before the work whether a file can be written there, so that nobody waits for a scan in vain.
 * @throws {AppError} `output_unwritable`.
 */
export async function checkWritable(path: string): Promise<void> {
  await orUnwritable(path, async () => {
    const target = await targetOf(path);
    if (target.replace) await fs.access(dirname(target.path), constants.W_OK);
    else await fs.access(target.path, constants.W_OK);
  });
}

/**
 * Writes a file whole or not at all: into a new file beside it, which then takes its place. A device or pipe is written
 * to as it is.
 * @throws {AppError} `output_unwritable`; nothing is left behind then.
 */
export async function writeFileWhole(path: string, text: string): Promise<void> {
  await orUnwritable(path, async () => {
    const target = await targetOf(path);
    if (!target.replace) return fs.writeFile(target.path, text);
    const beside = join(dirname(target.path), `.${basename(target.path).slice(0, 100)}.${randomUUID()}.tmp`);
    try {
      await fs.writeFile(beside, text, { flag: 'wx', ...(target.mode === null ? {} : { mode: target.mode }) });
      await fs.rename(beside, target.path);
    } catch (error) {
      await fs.rm(beside, { force: true });
      throw error;
    }
  });
}

/** Where the text really goes: a link is followed, and what is not a plain file is not replaced by one. */
async function targetOf(path: string): Promise<{ path: string; replace: boolean; mode: number | null }> {
  try {
    const real = await fs.realpath(path);
    const stat = await fs.stat(real);
    if (stat.isDirectory()) throw Object.assign(new TypeError('It is a directory.'), { code: 'EISDIR' });
    return { path: real, replace: stat.isFile(), mode: stat.mode & 0o777 };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return { path, replace: true, mode: null };
  }
}

async function orUnwritable(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(where: string, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new AppError('output_unwritable', { subject: `${where}${code}`, cause });
}
