import { lstat } from 'node:fs/promises';
import { AppError } from '@soupcon/model';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'not a directory',
  EEXIST: 'not a directory',
};

export function errnoOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Whether there is anything of that name, a link to nowhere included. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** What a file operation said, as the reader's matter: the path and why. Anything else is returned as it is. */
export function asUnusable(error: unknown, path: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const reason = reasons[errnoOf(error)];
  if (reason === undefined) return error;
  const where = (error as NodeJS.ErrnoException).path ?? path;
  return new AppError('data_directory_unusable', { subject: `${where}: ${reason}`, cause: error });
}

/** What the programs of Postgres print for the same faults. */
const printed: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/, 'ENOSPC'],
  [/Disk quota exceeded/, 'EDQUOT'],
  [/Read-only file system/, 'EROFS'],
  [/Permission denied/, 'EACCES'],
];

/** A program of Postgres that ended although it should not have, by what it printed last. */
export function programFault(program: string, path: string, ending: string, output: string): AppError {
  const code = printed.find(([pattern]) => pattern.test(output))?.[1];
  const detail = { program, ending, output };
  if (code !== undefined)
    return new AppError('data_directory_unusable', { subject: `${path}: ${reasons[code]}\n${output}`, detail });
  return new AppError('embedded_failed', { subject: `${program} ended with ${ending}\n${output}`.trimEnd(), detail });
}

/** @throws {AppError} `aborted`. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('aborted', { subject: 'embedded Postgres', cause: signal.reason });
}
