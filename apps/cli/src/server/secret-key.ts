import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@soupcon/model';

/**
 * The key that seals secrets in a data directory of our own: made at the first start, in a file that only its owner reads.
 * @returns 32 bytes in base64.
 * @throws {AppError} `config_invalid` when the file holds something else: a new key would open nothing.
 */
export async function keptSecretKey(directory: string): Promise<string> {
  const path = join(directory, 'secret-key');
  const text = (await readIfThere(path)) ?? (await writeOnce(path, randomBytes(32).toString('base64')));
  if (Buffer.from(text, 'base64').length === 32) return text;
  throw new AppError('config_invalid', { subject: `${path} does not hold 32 bytes in base64` });
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all: a start that is killed half way must not leave a key that is none. */
async function writeOnce(path: string, text: string): Promise<string> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return text;
}
