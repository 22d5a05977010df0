import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, silentLogger } from '@soupcon/model';
import { describeUrl } from '@soupcon/net';
import { recordBytesMax } from './archive.ts';
import { type Bucket, type BucketOptions, directoryOf, type Fetcher, unavailable } from './bucket.ts';
import { ecosystemsListed } from './ecosystems.ts';
import { type RandomAccessFile, randomAccess } from './random-access-file.ts';

/** Bytes of one file of the bucket; the largest public archive has some hundred MiB. */
const archiveBytesMax = 4 * 1024 ** 3;
const csvBytesMax = 512 * 1024 ** 2;
const listBytesMax = 1024 ** 2;

/** @param base keeps its query, which may hold what grants access, for every file. */
export function openRemoteBucket(base: URL, options: BucketOptions & { readonly net: Fetcher }): Bucket {
  const { net, signal, logger = silentLogger } = options;
  /** The body of a file, or null when it is not there. */
  const get = async (path: readonly string[], bytesMax: number): Promise<AsyncIterable<Uint8Array> | null> => {
    const url = new URL(base);
    url.pathname = [url.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
    const response = await net
      .request({
        method: 'GET',
        url,
        bytesMax,
        redirect: 'follow',
        timeouts: { totalMs: null },
        retry: { attempts: 4, baseMs: 500, capMs: 10_000 },
        ...(signal ? { signal } : {}),
      })
      .catch((error: unknown) => fail(url, error));
    if (response.status === 200) return guarded(url, response.body);
    await response.discard();
    if (response.status === 404 || response.status === 410) return null;
    throw unavailable(`${describeUrl(url)} answered ${response.status}`);
  };
  return {
    place: describeUrl(base),
    isRemote: true,
    async ecosystems() {
      const body = await get(['ecosystems.txt'], listBytesMax);
      return body === null ? null : ecosystemsListed((await whole(body)).toString());
    },
    async record(ecosystem, id) {
      const body = await get([directoryOf(ecosystem), `${id}.json`], recordBytesMax);
      return body === null ? null : whole(body);
    },
    async archive(ecosystem) {
      const started = performance.now();
      const body = await get([directoryOf(ecosystem), 'all.zip'], archiveBytesMax);
      if (body === null) return null;
      const file = await spool(body);
      const durationMs = Math.round(performance.now() - started);
      logger.debug({ ecosystem, bytes: file.size, durationMs }, 'advisories fetched');
      return file;
    },
    modified: (ecosystem) =>
      get([...(ecosystem === null ? [] : [directoryOf(ecosystem)]), 'modified_id.csv'], csvBytesMax),
    async confirm() {
      const body = await get(['ecosystems.txt'], csvBytesMax);
      if (body === null) throw unavailable(`${describeUrl(base)} has neither <Ecosystem>/all.zip nor ecosystems.txt`);
      for await (const _ of body) break;
    },
  };
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* guarded(url: URL, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    fail(url, error);
  }
}

/** What stopped us stays what it is; all else is told as advisories that cannot be read. */
function fail(url: URL, error: unknown): never {
  if (!(error instanceof AppError) || error.code === 'aborted' || error.code === 'deadline_exceeded') throw error;
  throw unavailable(`${describeUrl(url)}: ${error.message}`, error);
}

/** Into a file that has no name any more when the first byte arrives: whatever happens, nothing is left behind. */
async function spool(body: AsyncIterable<Uint8Array>): Promise<RandomAccessFile> {
  const fd = onDisk(openUnlinked);
  try {
    for await (const chunk of body) {
      for (let at = 0; at < chunk.length; ) at += onDisk(() => writeSync(fd, chunk, at));
    }
    return randomAccess(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openUnlinked(): number {
  const directory = mkdtempSync(join(tmpdir(), 'soupcon-'));
  try {
    return openSync(join(directory, 'spool'), 'wx+', 0o600);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function onDisk<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw unavailable(`there is no room for them in ${tmpdir()} (${(error as NodeJS.ErrnoException).code})`, error);
  }
}
