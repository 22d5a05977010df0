import { createGunzip } from 'node:zlib';
import type { Decoder } from './decoder.ts';
import { driveStream, type Give, openInflater, streamOptions } from './inflate.ts';

/** Not gzip, or cut off. `code` is as zlib's own errors have it. */
export class GzipError extends Error {
  override readonly name = 'GzipError';
  readonly code = 'Z_DATA_ERROR';
}

/** Goes on with the next member, as gzip files of several members need, and checks every checksum. */
export function openGunzip(give: Give): Decoder {
  return driveStream(createGunzip(streamOptions), give);
}

/**
 * For bytes whose SHA-256 is taken before and after: the checksum inside gzip would be a third one, a twelfth of the
 * work. Only the first member goes without; files of many members have small ones.
 * @see https://www.rfc-editor.org/rfc/rfc1952
 */
export function openGunzipUnchecked(give: Give): Decoder {
  let head: Uint8Array = Buffer.alloc(0);
  let stage: 'header' | 'deflate' | 'trailer' | 'more' | 'padding' = 'header';
  let more: Decoder | null = null;
  let unpacked = 0;
  const first = openInflater((piece) => {
    unpacked += piece.length;
    give(piece);
  });

  const write = async (piece: Uint8Array): Promise<void> => {
    if (piece.length === 0) return;
    if (stage === 'deflate') {
      await first.write(piece);
      const left = first.left();
      if (left === 0) return;
      stage = 'trailer';
      return write(piece.subarray(piece.length - left));
    }
    if (stage === 'more' && more !== null) return more.write(piece);
    if (stage === 'padding') return checkPadding(piece);
    head = head.length === 0 ? piece : Buffer.concat([head, piece]);
    const length = stage === 'header' ? headerLength(head) : trailerBytes;
    if (length === null || head.length < length) {
      head = Uint8Array.from(head); // The piece is not ours to keep.
      return;
    }
    const rest = head.subarray(length);
    if (stage === 'header') stage = 'deflate';
    else {
      checkTrailer(head, unpacked);
      stage = rest[0] === 0x1f || rest.length === 0 ? 'more' : 'padding';
      if (stage === 'more') more = openLater(give);
    }
    head = Buffer.alloc(0);
    return write(rest);
  };
  return {
    write,
    async end() {
      if (stage === 'more') return more?.end();
      if (stage !== 'padding') throw new GzipError('unexpected end of file');
    },
    close() {
      first.close();
      more?.close();
    },
  };
}

/** A decoder for what may not come. */
function openLater(give: Give): Decoder {
  let opened: Decoder | null = null;
  return {
    write(piece) {
      if (piece[0] === 0 && opened === null) return checkPadding(piece);
      opened ??= openGunzip(give);
      return opened.write(piece);
    },
    end: () => opened?.end(),
    close: () => opened?.close(),
  };
}

const trailerBytes = 8;
const flagHeaderChecksum = 2;
const flagExtra = 4;
const flagName = 8;
const flagComment = 16;

/** @returns null when more bytes are needed. @throws {GzipError} */
function headerLength(head: Uint8Array): number | null {
  if (head.length < 10) return null;
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) throw new GzipError('incorrect header check');
  const flags = head[3] ?? 0;
  if ((flags & 0xe0) !== 0) throw new GzipError('unknown header flags set');
  let at = 10;
  if (flags & flagExtra) {
    if (head.length < at + 2) return null;
    at += 2 + (head[at] ?? 0) + ((head[at + 1] ?? 0) << 8);
  }
  for (const flag of [flagName, flagComment]) {
    if (!(flags & flag)) continue;
    const zero = at > head.length ? -1 : head.indexOf(0, at);
    if (zero === -1) {
      if (head.length > headerBytesMax) throw new GzipError('header too long');
      return null;
    }
    at = zero + 1;
  }
  return flags & flagHeaderChecksum ? at + 2 : at;
}

/** Names and comments have no limit of their own. */
const headerBytesMax = 256 * 1024;

function checkTrailer(trailer: Uint8Array, unpacked: number): void {
  const size = new DataView(trailer.buffer, trailer.byteOffset).getUint32(4, true);
  if (size !== unpacked % 2 ** 32) throw new GzipError('incorrect length check');
}

function checkPadding(piece: Uint8Array): void {
  if (piece.some((byte) => byte !== 0)) throw new GzipError('trailing bytes');
}
