import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from '../config.ts';

/** `--data`, else SOUPCON_DATA_DIR, else `soupcon` among the user's own data. */
export function dataDirectory(data: string | null, environment: Environment): string {
  const own = environment['XDG_DATA_HOME'] || join(environment['HOME'] || homedir(), '.local', 'share');
  return resolve(data ?? (environment['SOUPCON_DATA_DIR'] || join(own, 'soupcon')));
}

/** Whether a service was ever started there, as far as this user may see. */
export async function hasStore(directory: string): Promise<boolean> {
  try {
    await stat(join(directory, 'postgres'));
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(code)) return false;
    throw error;
  }
}
