import type { FileHandle } from 'node:fs/promises';
import { type Compression, type Decoder, openDecoder } from '@soupcon/layers';
import { AppError } from '@soupcon/model';
import { archiveLimits } from './archive-limits.ts';

/** Unpacks a file a little at a time, so that what one step gives out stays small also when it unpacks a thousandfold. */
export interface UnpackedFile {
  /** Unpacks some more; false at the end. @throws {AppError} `source_unreadable`. */
  advance(): Promise<boolean>;
  close(): void;
}

/** Stored bytes a step: a zstd block of four bytes can become 128 KiB, deflate gives a thousand for one. */
const stepBytes = { gzip: 16 * 1024, zstd: 1024, none: 64 * 1024 } as const;
const readBytes = 64 * 1024;
const { unpackedBytesMax } = archiveLimits;

export function unpackFile(
  handle: FileHandle,
  path: string,
  compression: Compression,
  give: (piece: Uint8Array) => void,
): UnpackedFile {
  const unreadable = (why: string, cause?: unknown) =>
    new AppError('source_unreadable', { subject: `${path} ${why}`, cause });
  if (compression === 'xz' || compression === 'bzip2') {
    throw unreadable(`is compressed with ${compression}: unpack it first`);
  }
  let decoder: Decoder | null = null;
  let unpacked = 0;
  let at = 0;
  let piece: Uint8Array = new Uint8Array(0);
  const take = (out: Uint8Array) => {
    unpacked += out.length;
    if (unpacked > unpackedBytesMax) throw unreadable(`unpacks to more than ${unpackedBytesMax} bytes`);
    give(out);
  };
  const step = async () => {
    decoder ??= await openDecoder(compression, take);
    if (piece.length === 0) {
      // A new buffer each time: decoders may look at a piece later.
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(readBytes), 0, readBytes, at);
      at += bytesRead;
      piece = buffer.subarray(0, bytesRead);
      if (bytesRead === 0) {
        await decoder.end();
        return false;
      }
    }
    const now = piece.subarray(0, stepBytes[compression]);
    piece = piece.subarray(now.length);
    await decoder.write(now);
    return true;
  };
  return {
    advance: () =>
      step().catch((cause: unknown) => {
        throw cause instanceof AppError ? cause : unreadable('cannot be unpacked', cause);
      }),
    close: () => decoder?.close(),
  };
}
