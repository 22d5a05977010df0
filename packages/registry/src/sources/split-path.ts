import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AppError } from '@soupcon/model';

/**
 * Tells a path from a name behind a colon, both of which may hold colons: the longest path that is there wins.
 * @throws {AppError} `source_not_found`.
 */
export async function splitPath(
  text: string,
  fits: (found: Stats) => boolean,
): Promise<{ path: string; tag: string | null }> {
  const there = async (path: string) => {
    const found = path === '' ? null : await stat(path).catch(() => null);
    return found !== null && fits(found);
  };
  if (await there(text)) return { path: text, tag: null };
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const [path, tag] = [text.slice(0, colon), text.slice(colon + 1)];
    if (tag !== '' && (await there(path))) return { path, tag };
  }
  const exists = (await stat(text).catch(() => null)) !== null;
  throw new AppError('source_not_found', {
    subject: exists ? `${text} is not of the kind named` : `${text} does not exist`,
  });
}
