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

/**
 * Reads the block that begins `at`. Bytes are a `Buffer` wherever they come from: one kind of array is what lets the
 * engine compile this once.
 * @returns null for an all-zero block, `'invalid'` when the checksum or a number is wrong.
 */
export function readHeader(bytes: Buffer, at: number): TarHeader | null | 'invalid' {
  const sum = sumOf(bytes, at, blockBytes);
  if (sum === 0) return null;
  if (!isChecksumRight(bytes, at, sum)) return 'invalid';
  const size = readNumber(bytes, at + 124, 12);
  // Modes are not worth refusing an archive for; a size is.
  if (size === null) return 'invalid';
  const flag = bytes[at + 156] ?? 0;
  const type = flag === 0 ? '0' : String.fromCharCode(flag);
  const name = readText(bytes, at, 100);
  // Only POSIX headers have a prefix there; GNU's (`ustar  `) have times, or a sparse map.
  const prefix = bytes[at + 345] !== 0 && isPosix(bytes, at) ? readText(bytes, at + 345, 155) : '';
  const sparse = type === 'S' ? readOldSparse(bytes, at) : null;
  if (sparse === 'invalid') return 'invalid';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: readText(bytes, at + 157, 100),
    mode: (readNumber(bytes, at + 100, 8) ?? 0) & 0o7777,
    size,
    type,
    sparse,
  };
}

/** Octal digits, padded with spaces or NULs; or, with the top bit set, a big-endian number. Null when neither. */
export function readNumber(block: Buffer, offset: number, length: number): number | null {
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

function readBase256(block: Buffer, offset: number, length: number): number | null {
  if ((block[offset] ?? 0) & 0x40) return null; // Negative.
  let value = (block[offset] ?? 0) & 0x3f;
  for (let at = offset + 1; at < offset + length; at += 1) value = value * 256 + (block[at] ?? 0);
  return Number.isSafeInteger(value) ? value : null;
}

/** The second half of a header, or a whole block, of GNU's old sparse map: 12-byte offsets and sizes. */
export function readSparseRuns(block: Buffer, offset: number, count: number): SparseRun[] | 'invalid' {
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

function readOldSparse(bytes: Buffer, at: number): TarHeader['sparse'] | 'invalid' {
  const map = readSparseRuns(bytes, at + 386, 4);
  const realSize = readNumber(bytes, at + 483, 12);
  if (map === 'invalid' || realSize === null) return 'invalid';
  return { map, extended: bytes[at + 482] !== 0, realSize };
}

/** `ustar` and a NUL. */
function isPosix(bytes: Buffer, at: number): boolean {
  return bytes[at + 262] === 0 && readText(bytes, at + 257, 6) === 'ustar';
}

/** Text up to the first NUL. */
export function readText(bytes: Buffer, offset: number, length: number): string {
  const most = offset + length;
  let end = offset;
  while (end < most && bytes[end] !== 0) end += 1;
  return end === offset ? '' : bytes.toString('utf8', offset, end);
}

const checksumAt = 148;
const checksumBytes = 8;

/** Its own field counts as spaces. Old tars summed signed bytes. */
function isChecksumRight(bytes: Buffer, at: number, sum: number): boolean {
  const expected = readNumber(bytes, at + checksumAt, checksumBytes);
  if (expected === null) return false;
  const unsigned = sum - sumOf(bytes, at + checksumAt, checksumBytes) + checksumBytes * 0x20;
  return expected === unsigned || expected === unsigned - 256 * highBytes(bytes, at);
}

function sumOf(bytes: Buffer, offset: number, length: number): number {
  const end = offset + length;
  let sum = 0;
  for (let at = offset; at < end; at += 1) sum += bytes[at] ?? 0;
  return sum;
}

/** How many bytes of a block, without its checksum, are negative when they are signed. */
function highBytes(bytes: Buffer, start: number): number {
  let high = 0;
  for (let at = 0; at < blockBytes; at += 1) {
    if (at < checksumAt || at >= checksumAt + checksumBytes) high += (bytes[start + at] ?? 0) >> 7;
  }
  return high;
}
