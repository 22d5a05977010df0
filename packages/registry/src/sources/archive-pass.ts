import type { FileHandle } from 'node:fs/promises';
import { type BodySink, type Compression, TarWalker } from '@soupcon/layers';
import { AppError } from '@soupcon/model';
import { unreadable, walkLimits } from './archive-limits.ts';
import { type UnpackedFile, unpackFile } from './archive-unpack.ts';

interface Queue {
  readonly pieces: Uint8Array[];
  state: 'open' | 'whole' | 'cut';
}

/**
 * One run through a compressed archive that hands out the entries wanted, in the archive's order. Of an entry that is
 * read, only what one step unpacked is held; entries that come by inside that step wait for their turn.
 */
export class ArchivePass {
  readonly #path: string;
  readonly #stream: UnpackedFile;
  readonly #walker: TarWalker;
  readonly #queues = new Map<number, Queue>();
  #next = 0;
  /** The entry that is read; what comes before it is passed over, not kept. */
  #reading = 0;
  #ended = false;

  constructor(handle: FileHandle, path: string, compression: Compression, wanted: ReadonlySet<number>) {
    this.#path = path;
    this.#walker = new TarWalker(
      {
        entry: () => {
          const ordinal = this.#next++;
          return wanted.has(ordinal) && ordinal >= this.#reading ? this.#collect(ordinal) : null;
        },
        problem: (code, _path, more) => {
          if (code.startsWith('path_') || code.startsWith('limit_path')) return;
          throw unreadable(path, code, false, more);
        },
      },
      walkLimits,
    );
    this.#stream = unpackFile(handle, path, compression, (piece) => this.#walker.write(piece));
  }

  /** Whether an entry is still to come, or waits. */
  reaches(ordinal: number): boolean {
    return this.#queues.has(ordinal) || ordinal >= this.#next;
  }

  /** The content of an entry; entries before it are given up. */
  async *content(ordinal: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    this.#reading = ordinal;
    for (const earlier of this.#queues.keys()) if (earlier < ordinal) this.#queues.delete(earlier);
    try {
      for (;;) {
        const queue = this.#queues.get(ordinal);
        for (let piece = queue?.pieces.shift(); piece !== undefined; piece = queue?.pieces.shift()) yield piece;
        if (queue?.state === 'whole') return;
        if (signal?.aborted) throw new AppError('aborted', { subject: this.#path, cause: signal.reason });
        if (queue?.state === 'cut' || this.#ended) throw unreadable(this.#path, 'tar_truncated', false);
        await this.#advance();
      }
    } finally {
      this.#queues.delete(ordinal);
    }
  }

  close(): void {
    this.#stream.close();
  }

  async #advance(): Promise<void> {
    if (await this.#stream.advance()) return;
    this.#ended = true;
    this.#walker.end();
  }

  #collect(ordinal: number): BodySink {
    const queue: Queue = { pieces: [], state: 'open' };
    this.#queues.set(ordinal, queue);
    return {
      write: (piece) => {
        if (this.#queues.get(ordinal) !== queue) return false; // Its reader has left.
        queue.pieces.push(Uint8Array.from(piece));
        return true;
      },
      end: (whole) => {
        queue.state = whole ? 'whole' : 'cut';
      },
    };
  }
}
