/**
 * One 512-byte tar header: pure functions on bytes, no stream, no policy.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar) and GNU tar's tar.h
 */
export const blockBytes = 512;

export interface TarHeader {
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  /** Stored bytes that follow. */
  readonly size: number;
  /** One character; NUL is read as `0`. */
  readonly type: string;
  /** Of GNU's old sparse format (`S`): the first part of its map, whether more blocks of it follow, and the full size. */
  readonly sparse: { readonly map: readonly SparseRun[]; readonly extended: boolean; readonly realSize: number } | null;
}

/** Bytes that are stored; between runs are zeros. */
export interface SparseRun {
  readonly offset: number;
  readonly size: number;
}

/** @returns null for an all-zero block, `'invalid'` when the checksum or a number is wrong. */
export function readHeader(block: Uint8Array): TarHeader | null | 'invalid' {
  const sum = checksum(block);
  if (sum.zero) return null;
  const expected = readNumber(block, 148, 8);
  if (expected === null || (expected !== sum.unsigned && expected !== sum.signed)) return 'invalid';
  const size = readNumber(block, 124, 12);
  // Modes are not worth refusing an archive for; a size is.
  if (size === null) return 'invalid';
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 48);
  const name = readText(block, 0, 100);
  // Only POSIX headers have a prefix there; GNU's (`ustar  `) have times, or a sparse map.
  const prefix = block[345] !== 0 && isPosix(block) ? readText(block, 345, 155) : '';
  const sparse = type === 'S' ? readOldSparse(block) : null;
  if (sparse === 'invalid') return 'invalid';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: readText(block, 157, 100),
    mode: (readNumber(block, 100, 8) ?? 0) & 0o7777,
    size,
    type,
    sparse,
  };
}

/** Octal digits, padded with spaces or NULs; or, with the top bit set, a big-endian number. Null when neither. */
export function readNumber(block: Uint8Array, offset: number, length: number): number | null {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) return readBase256(block, offset, length);
  let at = offset;
  const end = offset + length;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 7) value = value * 8 + digit;
    else if (block[at] === 0x20 || block[at] === 0) break;
    else return null;
  }
  return Number.isSafeInteger(value) ? value : null;
}

function readBase256(block: Uint8Array, offset: number, length: number): number | null {
  if ((block[offset] ?? 0) & 0x40) return null; // Negative.
  let value = (block[offset] ?? 0) & 0x3f;
  for (let at = offset + 1; at < offset + length; at += 1) value = value * 256 + (block[at] ?? 0);
  return Number.isSafeInteger(value) ? value : null;
}

/** The second half of a header, or a whole block, of GNU's old sparse map: 12-byte offsets and sizes. */
export function readSparseRuns(block: Uint8Array, offset: number, count: number): SparseRun[] | 'invalid' {
  const runs: SparseRun[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = offset + index * 24;
    if (block[at] === 0) break;
    const [start, size] = [readNumber(block, at, 12), readNumber(block, at + 12, 12)];
    if (start === null || size === null) return 'invalid';
    runs.push({ offset: start, size });
  }
  return runs;
}

function readOldSparse(block: Uint8Array): TarHeader['sparse'] | 'invalid' {
  const map = readSparseRuns(block, 386, 4);
  const realSize = readNumber(block, 483, 12);
  if (map === 'invalid' || realSize === null) return 'invalid';
  return { map, extended: block[482] !== 0, realSize };
}

/** `ustar` and a NUL. */
function isPosix(block: Uint8Array): boolean {
  return [0x75, 0x73, 0x74, 0x61, 0x72, 0].every((byte, at) => block[257 + at] === byte);
}

/** Text up to the first NUL. */
export function readText(block: Uint8Array, offset: number, length: number): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end += 1;
  if (end === offset) return '';
  return Buffer.from(block.buffer, block.byteOffset + offset, end - offset).toString('utf8');
}

/** The checksum field counts as spaces. Old tars summed signed bytes. */
function checksum(block: Uint8Array): { unsigned: number; signed: number; zero: boolean } {
  let unsigned = 0;
  let high = 0;
  for (let at = 0; at < blockBytes; at += 1) {
    const byte = block[at] ?? 0;
    unsigned += byte;
    high += byte >> 7;
  }
  const zero = unsigned === 0;
  for (let at = 148; at < 156; at += 1) {
    const byte = block[at] ?? 0;
    unsigned += 0x20 - byte;
    high -= byte >> 7;
  }
  return { unsigned, signed: unsigned - 256 * high, zero };
}
