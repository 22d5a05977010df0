import { createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import type { Decoder } from './decoder.ts';

/** Takes a piece of what was unpacked, which is valid only during the call. */
export type Give = (piece: Uint8Array) => void;

/** Unpacks bare deflate data, as it is inside gzip. */
export interface Inflater {
  write(piece: Uint8Array): Promise<void> | void;
  /** Bytes of the last piece that lie behind the end of the data; 0 when that end has not come. */
  left(): number;
  close(): void;
}

/** Output pieces of streams: 1 MiB costs half as much CPU as the default of 16 KiB, and larger ones no less. */
export const streamOptions = { chunkSize: 1024 * 1024 };

/** As much as stays in a core's cache until it was hashed. */
const outputBytes = 256 * 1024;

/** Inflates from memory to memory; `flush` 0 is zlib's `Z_NO_FLUSH`. */
type Inflate = (
  flush: 0,
  input: Uint8Array,
  inputAt: number,
  inputLeft: number,
  output: Uint8Array,
  outputAt: 0,
  outputFree: number,
) => void;

/** What Node's own synchronous functions drive: `state` is told the free bytes of the output and the unread ones. */
interface Direct {
  readonly inflate: Inflate;
  readonly state: Uint32Array;
}

/**
 * Inflates in the calling thread and into one buffer: Node's streams do it in another thread, whose output has to come
 * over to this one's cache, and need new memory for each piece. Node does not document how to, though well-known
 * libraries rely on it since long; where it has changed, the stream is used.
 */
export function openInflater(give: Give): Inflater {
  const raw = createInflateRaw(streamOptions);
  const direct = directOf(raw);
  return direct === null ? inflatingByStream(raw, give) : inflatingHere(raw, direct, give);
}

/** By what Node documents alone. */
export function inflatingByStream(raw: InflateRaw, give: Give): Inflater {
  const decoder = driveStream(raw, give);
  let sent = 0;
  return {
    write: (piece) => {
      sent += piece.length;
      return decoder.write(piece);
    },
    left: () => sent - raw.bytesWritten,
    close: () => decoder.close(),
  };
}

function directOf(raw: InflateRaw): Direct | null {
  const { _handle: handle, _writeState: state } = raw as { _handle?: { writeSync?: Inflate }; _writeState?: unknown };
  const inflate = handle?.writeSync;
  if (typeof inflate !== 'function' || !(state instanceof Uint32Array)) return null;
  return { inflate: inflate.bind(handle), state };
}

function inflatingHere(raw: InflateRaw, { inflate, state }: Direct, give: Give): Inflater {
  const out = Buffer.allocUnsafeSlow(outputBytes);
  let left = 0;
  raw.on('error', () => {}); // It is thrown below.
  return {
    write(piece) {
      left = piece.length;
      for (let free = 0; free === 0; free = state[0] ?? 0) {
        inflate(0, piece, piece.length - left, left, out, 0, outputBytes);
        if (raw.errored) throw raw.errored;
        left = state[1] ?? 0;
        const filled = outputBytes - (state[0] ?? 0);
        if (filled > 0) give(filled === outputBytes ? out : out.subarray(0, filled));
      }
    },
    left: () => left,
    close: () => void raw.destroy(),
  };
}

/** Node's stream, fed piece by piece: a write is done when all its output was given. */
export function driveStream(stream: Gunzip | InflateRaw, give: Give): Decoder {
  let failed: Error | null = null;
  let settle: ((error: Error | null) => void) | null = null;
  const done = (error: Error | null) => {
    failed ??= error;
    settle?.(failed);
    settle = null;
  };
  stream.on('data', (piece: Buffer) => {
    // What the consumer throws must end this stream, not the process.
    try {
      if (failed === null) give(piece);
    } catch (error) {
      stream.destroy();
      done(error as Error);
    }
  });
  stream.on('error', done);
  const wait = (start: () => void) =>
    new Promise<void>((resolve, reject) => {
      if (failed !== null) return reject(failed);
      settle = (error) => (error === null ? resolve() : reject(error));
      start();
    });
  return {
    write: (piece) => wait(() => stream.write(piece, (error) => done(error ?? null))),
    end: () =>
      wait(() => {
        stream.once('end', () => done(null));
        stream.end();
      }),
    close: () => void stream.destroy(),
  };
}
