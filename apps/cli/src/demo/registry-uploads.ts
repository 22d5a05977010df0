import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestFromHex } from '@soupcon/model';

interface Upload {
  readonly repository: string;
  readonly path: string;
  readonly hash: Hash;
  size: number;
  /** A piece is being written; a second at the same time would mix with it. */
  busy: boolean;
}

/** What became of a piece or of a whole: `unknown` for an upload that there is not, or is not for this repository. */
export type UploadOutcome = 'kept' | 'unknown' | 'busy' | 'too-large' | 'digest' | 'cut';

const uploadsMax = 64;

/** Blobs on their way: each a file that is hashed as it is written, and named by its digest once it is whole. */
export class RegistryUploads {
  readonly #directory: string;
  readonly #bytesMax: number;
  readonly #uploads = new Map<string, Upload>();

  constructor(directory: string, bytesMax: number) {
    this.#directory = directory;
    this.#bytesMax = bytesMax;
  }

  /** @returns its id. Of too many, the one that was begun first is given up. */
  async begin(repository: string): Promise<string> {
    const [oldest] = this.#uploads.keys();
    if (oldest !== undefined && this.#uploads.size >= uploadsMax) await this.#end(oldest);
    const id = randomUUID();
    const path = join(this.#directory, `upload-${id}`);
    await writeFile(path, '', { flag: 'wx' });
    this.#uploads.set(id, { repository, path, hash: createHash('sha256'), size: 0, busy: false });
    return id;
  }

  /** Bytes that are there; null when there is no such upload. */
  size(id: string, repository: string): number | null {
    const upload = this.#uploads.get(id);
    return upload?.repository === repository ? upload.size : null;
  }

  /** Adds a piece. One that is cut, or too much, ends the upload: its hash would not be that of its file. */
  async append(id: string, repository: string, piece: AsyncIterable<Uint8Array>): Promise<UploadOutcome> {
    const upload = this.#uploads.get(id);
    if (upload?.repository !== repository) return 'unknown';
    if (upload.busy) return 'busy';
    upload.busy = true;
    try {
      await pipeline(this.#hashed(upload, piece), createWriteStream(upload.path, { flags: 'a' }));
      return 'kept';
    } catch (error) {
      await this.#end(id);
      if (upload.size > this.#bytesMax) return 'too-large';
      if (isCut(error)) return 'cut';
      throw error;
    } finally {
      upload.busy = false;
    }
  }

  /** Names the file by its digest, when that is what its bytes are; else the upload is over. */
  async finish(id: string, repository: string, digest: Digest, path: string): Promise<UploadOutcome> {
    const upload = this.#uploads.get(id);
    if (upload?.repository !== repository) return 'unknown';
    if (upload.busy) return 'busy';
    const kept = digestFromHex(upload.hash.digest('hex')) === digest;
    if (kept) await rename(upload.path, path);
    await this.#end(id);
    return kept ? 'kept' : 'digest';
  }

  async *#hashed(upload: Upload, piece: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of piece) {
      upload.size += bytes.byteLength;
      if (upload.size > this.#bytesMax) throw new RangeError('The upload is beyond its limit.');
      upload.hash.update(bytes);
      yield bytes;
    }
  }

  async #end(id: string): Promise<void> {
    const upload = this.#uploads.get(id);
    this.#uploads.delete(id);
    if (upload !== undefined) await rm(upload.path, { force: true });
  }
}

function isCut(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(`${error.code}`)
  );
}
