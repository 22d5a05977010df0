import type { Decoder } from './decoder.ts';
import { openGunzip, openGunzipUnchecked } from './gzip.ts';
import { ZstdError, ZstdStream } from './zstd.ts';

export type Compression = 'gzip' | 'zstd' | 'none' | 'xz' | 'bzip2';

/** Told by the first bytes, never by the media type: mislabelled layers exist. Four bytes are enough for the first two. */
export function compressionOf(head: Uint8Array): Compression {
  const starts = (...bytes: number[]) => head.length >= bytes.length && bytes.every((byte, at) => head[at] === byte);
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  // A skippable frame, as some writers put first.
  if (starts(0x50 | ((head[0] ?? 0) & 0x0f), 0x2a, 0x4d, 0x18)) return 'zstd';
  if (starts(0xfd, 0x37, 0x7a, 0x58)) return 'xz';
  if (starts(0x42, 0x5a, 0x68)) return 'bzip2';
  return 'none';
}

/** @param verified both the stored and the unpacked bytes are held against a SHA-256, so weaker checks are left out. */
export async function openDecoder(
  kind: 'gzip' | 'zstd' | 'none',
  give: (piece: Uint8Array) => void,
  { verified = false }: { verified?: boolean } = {},
): Promise<Decoder> {
  if (kind === 'none') return { write: give, end: () => {}, close: () => {} };
  if (kind === 'zstd') return openZstd(give);
  return verified ? openGunzipUnchecked(give) : openGunzip(give);
}

async function openZstd(give: (piece: Uint8Array) => void): Promise<Decoder> {
  const stream = await ZstdStream.open();
  let closed = false;
  return {
    write: (piece) => stream.write(piece, give),
    end: () => stream.end(),
    close: () => {
      if (!closed) stream.close();
      closed = true;
    },
  };
}

export { ZstdError };
