import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareText } from '@soupcon/model';
import { type Bucket, directoryOf, unavailable } from './bucket.ts';
import { ecosystemPattern } from './ecosystems.ts';
import { openFile } from './random-access-file.ts';

/** @throws {AppError} `advisories_unavailable` when the directory is none, or has no `<Ecosystem>/all.zip`. */
export function openDirectoryBucket(place: string): Bucket {
  const names = list(place).filter((name) => existsSync(join(place, name, 'all.zip')));
  if (names.length === 0) throw unavailable(`${place} has no <Ecosystem>/all.zip in it`);
  return {
    place,
    isRemote: false,
    ecosystems: async () => names.filter((name) => ecosystemPattern.test(name)).sort(compareText),
    record: async () => null,
    async archive(ecosystem) {
      const path = join(place, directoryOf(ecosystem), 'all.zip');
      return isFile(path) ? opened(path) : null;
    },
    async modified(ecosystem) {
      const path = join(place, ecosystem === null ? '' : directoryOf(ecosystem), 'modified_id.csv');
      return isFile(path) ? contents(path) : null;
    },
    async confirm() {},
  };
}

function list(place: string): string[] {
  try {
    return readdirSync(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is not a directory' : `cannot be read (${code})`;
    throw unavailable(`${place} ${why}`, error);
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch (error) {
    throw unavailable(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

async function* contents(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    throw unavailable(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function opened(path: string) {
  try {
    return openFile(path);
  } catch (error) {
    throw unavailable(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}
