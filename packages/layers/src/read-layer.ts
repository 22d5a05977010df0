import { createHash } from 'node:crypto';
import { AppError, type Digest, digestFromHex, type ProblemCode } from '@soupcon/model';
import type { Decoder } from './compression/decoder.ts';
import { type Compression, compressionOf, openDecoder, ZstdError } from './compression/open-decoder.ts';
import type { BodySink, Entry } from './entry.ts';
import type { LayerLimits } from './limits.ts';
import { type TarVisitor, TarWalker } from './tar/walker.ts';
import { type LayerVisitor, splitWhiteout } from './whiteouts.ts';

/** What the manifest and the configuration say; null where they say nothing. */
export interface LayerExpectation {
  readonly digest: Digest | null;
  readonly diffId: Digest | null;
  /** Stored bytes. */
  readonly size: number | null;
}

/** What was there. `diffId` is null when a limit ended the unpacking. */
export interface LayerReading {
  readonly digest: Digest;
  readonly diffId: Digest | null;
  /** Stored bytes. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly compression: Compression;
}

export interface ReadLayerOptions {
  readonly limits: LayerLimits;
  readonly signal: AbortSignal;
  /** Called with the stored bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/**
 * Reads one layer as it streams by: hashes what is stored, unpacks, hashes what comes out, walks the archive and tells
 * the visitor. Holds a few pieces at a time, whatever the layer's size.
 *
 * A limit ends the unpacking but not the hashing, so that also a partly read layer is known to be the one it claims to
 * be. A piece of `stored` need be valid only until the next is asked for.
 * @throws {AppError} `blob_size_mismatch`, `blob_digest_mismatch`, `layer_corrupt`, `layer_not_tar`,
 * `layer_diff_id_mismatch`, `aborted`. What was told to the visitor before is then worth nothing.
 */
export async function readLayer(
  stored: AsyncIterable<Uint8Array>,
  expected: LayerExpectation,
  visitor: LayerVisitor,
  options: ReadLayerOptions,
): Promise<LayerReading> {
  const reading = new Reading(expected, visitor, options);
  try {
    for await (const piece of stored) await reading.take(piece);
    return await reading.finish();
  } finally {
    reading.close();
  }
}

class Reading implements TarVisitor {
  readonly #expected: LayerExpectation;
  readonly #visitor: LayerVisitor;
  readonly #options: ReadLayerOptions;
  readonly #now: () => number;
  readonly #deadline: number;
  readonly #walker: TarWalker;
  readonly #storedHash = createHash('sha256');
  readonly #unpackedHash = createHash('sha256');
  #head = new Uint8Array(0);
  #compression: Compression | null = null;
  #decoder: Decoder | null = null;
  #size = 0;
  #unpacked = 0;
  /** A limit was met: what comes is hashed, not unpacked. */
  #stopped = false;
  #corrupt: Error | null = null;
  #isNoTar = false;

  constructor(expected: LayerExpectation, visitor: LayerVisitor, options: ReadLayerOptions) {
    this.#expected = expected;
    this.#visitor = visitor;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#deadline = this.#now() + options.limits.timeMsMax;
    this.#walker = new TarWalker(this, options.limits);
  }

  /** For the walker. */
  entry(entry: Entry): BodySink | null {
    return splitWhiteout(entry, this.#visitor);
  }

  /** For the walker. */
  problem(code: ProblemCode, path: string | null, more?: string): void {
    // Before the first entry an invalid header means that this is no archive at all, which is no mere problem.
    if (code === 'tar_header_invalid' && this.#walker.headers === 0) this.#isNoTar = true;
    else this.#visitor.problem(code, path, more);
  }

  async take(piece: Uint8Array): Promise<void> {
    if (this.#options.signal.aborted) throw new AppError('aborted', { cause: this.#options.signal.reason });
    this.#size += piece.length;
    const { size } = this.#expected;
    if (size !== null && this.#size > size) {
      throw new AppError('blob_size_mismatch', { subject: `${this.#name()} has more than the ${size} bytes named` });
    }
    this.#storedHash.update(piece);
    this.#options.onProgress?.(this.#size);
    if (this.#now() > this.#deadline) this.#limit('limit_time', `${this.#options.limits.timeMsMax} ms`);
    if (this.#stopped || this.#corrupt !== null) return;
    await this.#decode(this.#compression === null ? this.#sniff(piece) : piece);
  }

  async finish(): Promise<LayerReading> {
    if (this.#compression === null) await this.#decode(this.#sniff(new Uint8Array(0), true));
    if (!this.#stopped && this.#corrupt === null) await this.#attempt(async () => this.#decoder?.end());
    const digest = digestFromHex(this.#storedHash.digest('hex'));
    this.#verifyStored(digest);
    if (this.#stopped) return this.#result(digest, null);
    const diffId = digestFromHex(this.#unpackedHash.digest('hex'));
    if (this.#unpacked > 0) this.#walker.end();
    if (this.#isNoTar || (this.#unpacked > 0 && this.#walker.headers === 0 && !this.#walker.empty)) {
      throw new AppError('layer_not_tar', { subject: this.#name() });
    }
    if (this.#expected.diffId !== null && this.#expected.diffId !== diffId) {
      throw new AppError('layer_diff_id_mismatch', {
        subject: `${this.#name()} unpacks to ${diffId}, the configuration says ${this.#expected.diffId}`,
      });
    }
    return this.#result(digest, diffId);
  }

  close(): void {
    this.#decoder?.close();
  }

  #result(digest: Digest, diffId: Digest | null): LayerReading {
    const compression = this.#compression ?? 'none';
    return { digest, diffId, size: this.#size, unpackedSize: this.#unpacked, compression };
  }

  /** In the order in which one explains the other. */
  #verifyStored(digest: Digest): void {
    const { size } = this.#expected;
    if (size !== null && this.#size !== size) {
      throw new AppError('blob_size_mismatch', {
        subject: `${this.#name()} has ${this.#size} bytes, the manifest says ${size}`,
      });
    }
    if (this.#expected.digest !== null && this.#expected.digest !== digest) {
      throw new AppError('blob_digest_mismatch', { subject: `layer ${this.#expected.digest} is ${digest}` });
    }
    if (this.#corrupt !== null) {
      throw new AppError('layer_corrupt', {
        subject: `${this.#name()}: ${this.#corrupt.message}`,
        cause: this.#corrupt,
      });
    }
  }

  /** Holds bytes back until the kind of compression can be told. */
  #sniff(piece: Uint8Array, last = false): Uint8Array {
    const head = this.#head.length === 0 ? piece : Buffer.concat([this.#head, piece]);
    if (head.length < 4 && !last) {
      this.#head = Uint8Array.from(head);
      return new Uint8Array(0);
    }
    this.#compression = compressionOf(head);
    return head;
  }

  async #decode(piece: Uint8Array): Promise<void> {
    if (this.#compression === null) return;
    if (this.#compression === 'xz' || this.#compression === 'bzip2') {
      this.#corrupt ??= new Error(`it is compressed with ${this.#compression}, which image layers may not be`);
      return;
    }
    const kind = this.#compression;
    const verified = this.#expected.digest !== null && this.#expected.diffId !== null;
    await this.#attempt(async () => {
      this.#decoder ??= await openDecoder(kind, (unpacked) => this.#unpack(unpacked), { verified });
      if (piece.length > 0) await this.#decoder.write(piece);
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Stop) return;
      if (error instanceof ZstdError && error.kind === 'window') {
        this.#limit('limit_window_bytes', `${this.#options.limits.windowBytesMax} bytes`);
      } else if (error instanceof ZstdError || isZlibError(error)) this.#corrupt = error;
      else throw error;
    }
  }

  #unpack(piece: Uint8Array): void {
    if (this.#stopped) return;
    this.#unpacked += piece.length;
    const { layerBytesMax, ratioMax, ratioFloorBytes } = this.#options.limits;
    if (this.#unpacked > layerBytesMax) this.#limit('limit_layer_bytes', `${layerBytesMax} bytes`);
    else if (this.#unpacked > ratioFloorBytes && this.#unpacked > this.#size * ratioMax) {
      this.#limit('limit_compression_ratio', `more than ${ratioMax} to 1`);
    } else if (this.#now() > this.#deadline) this.#limit('limit_time', `${this.#options.limits.timeMsMax} ms`);
    // Decoders have more to give for the same input; the throw makes them stop at once.
    if (this.#stopped) throw new Stop();
    this.#unpackedHash.update(piece);
    if (!this.#walker.done) this.#walker.write(piece);
  }

  #limit(code: ProblemCode, more: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#visitor.problem(code, null, more);
  }

  #name(): string {
    return this.#expected.digest === null ? 'a layer' : `layer ${this.#expected.digest}`;
  }
}

/** Ends a decoder's work when a limit is met. */
class Stop extends Error {}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^Z_|ERR_.*ZLIB/.test((error as NodeJS.ErrnoException).code ?? '');
}
