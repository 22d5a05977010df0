import { crc32, inflateRawSync } from 'node:zlib';
import { AppError } from '@soupcon/model';

/** Bytes that can be read anywhere: a file, a buffer. A read past the end returns what there is; the bytes are the caller's to keep. */
export interface RandomAccess {
  /** In bytes. */
  readonly size: number;
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** Every limit on a zip archive. Meeting one throws `zip_malformed` with the limit's name in the subject. */
export interface ZipLimits {
  /** Entries the directory may list. */
  readonly entriesMax: number;
  /** The central directory, which is held in memory while entries are read. */
  readonly directoryBytesMax: number;
  /** One entry, unpacked. */
  readonly entryBytesMax: number;
  /** Unpacked to stored bytes of one entry that unpacks to more than `ratioFloorBytes`. */
  readonly ratioMax: number;
  readonly ratioFloorBytes: number;
}

const MiB = 1024 * 1024;

/** For archives inside images; whoever reads larger data sets passes larger limits. */
export const defaultZipLimits: ZipLimits = {
  entriesMax: 1_000_000,
  directoryBytesMax: 128 * MiB,
  entryBytesMax: 64 * MiB,
  ratioMax: 200,
  ratioFloorBytes: MiB,
};

/** One file as the central directory lists it; sizes in bytes, `localHeaderOffset` from the start of the source. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflate; others are refused when the entry is read. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc32: number;
  readonly localHeaderOffset: number;
  /** The first byte after this entry that belongs to something else; its data must end before it. */
  readonly endOffsetMax: number;
}

/** The entries in the order of the directory; each is decoded when it is reached, so a large archive costs its directory only. */
export interface ZipDirectory extends Iterable<ZipEntry> {
  readonly count: number;
}

const refuse = (subject: string, cause?: unknown) => new AppError('zip_malformed', { subject, cause });

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const localBytes = 30;
const centralBytes = 46;
const endBytes = 22;
const end64Bytes = 56;
const locator64Bytes = 20;
const commentBytesMax = 0xffff;

/**
 * Reads and checks the central directory. Bytes before the archive (self-extracting stubs) are allowed for.
 * Entries whose bytes overlap are refused here: that is how small archives are made that unpack to petabytes.
 * @throws {AppError} `zip_malformed`, naming the fault or the limit.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readZipDirectory(
  source: RandomAccess,
  limits: ZipLimits = defaultZipLimits,
): Promise<ZipDirectory> {
  const { start, bytes, count, shift } = await locateDirectory(source, limits);
  const directory = view(await readExactly(source, start, bytes, 'the directory'));
  const positions = new Uint32Array(count);
  const spans = new Float64Array(count);
  let at = 0;
  for (let index = 0; index < count; index++) {
    positions[index] = at;
    const header = readCentral(directory, at);
    const offset = header.localHeaderOffset + shift;
    const end = offset + localBytes + header.nameBytes + header.compressedSize;
    if (end > start) throw refuse(`entry ${quote(header.name)} reaches into the directory`);
    spans[index] = offset;
    at += header.bytes;
  }
  if (at !== directory.byteLength) throw refuse('the directory has more bytes than entries');
  const ends = endOffsets(spans, start);
  const entryAt = (index: number): ZipEntry => {
    const { bytes: _, nameBytes, ...header } = readCentral(directory, positions[index] ?? 0);
    const localHeaderOffset = header.localHeaderOffset + shift;
    return { ...header, localHeaderOffset, endOffsetMax: ends(localHeaderOffset) };
  };
  for (let index = 0; index < count; index++) {
    const { nameBytes, ...header } = readCentral(directory, positions[index] ?? 0);
    const offset = header.localHeaderOffset + shift;
    if (offset + localBytes + nameBytes + header.compressedSize > ends(offset)) {
      throw refuse(`entry ${quote(header.name)} overlaps another one`);
    }
  }
  return {
    count,
    *[Symbol.iterator]() {
      for (let index = 0; index < count; index++) yield entryAt(index);
    },
  };
}

/**
 * One entry's bytes, unpacked; their size and CRC are what the directory says.
 * @throws {AppError} `zip_malformed`, naming the entry and the fault or limit.
 */
export async function readZipEntry(
  source: RandomAccess,
  entry: ZipEntry,
  limits: ZipLimits = defaultZipLimits,
): Promise<Uint8Array> {
  checkEntry(entry, limits);
  const name = quote(entry.name);
  const local = view(await readExactly(source, entry.localHeaderOffset, localBytes, name));
  if (local.getUint32(0, true) !== signatures.local)
    throw refuse(`entry ${name} has no header where the directory says`);
  const start = entry.localHeaderOffset + localBytes + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + entry.compressedSize > entry.endOffsetMax) throw refuse(`entry ${name} overlaps another one`);
  const stored = await readExactly(source, start, entry.compressedSize, name);
  const bytes = entry.method === 0 ? stored : inflate(stored, entry);
  if (bytes.length !== entry.size)
    throw refuse(`entry ${name} has ${bytes.length} bytes, the directory says ${entry.size}`);
  if (crc32(bytes) !== entry.crc32) throw refuse(`entry ${name} is damaged: its checksum differs`);
  return bytes;
}

function checkEntry(entry: ZipEntry, limits: ZipLimits): void {
  const { method, encrypted, compressedSize, size } = entry;
  const name = quote(entry.name);
  if (encrypted) throw refuse(`entry ${name} is encrypted`);
  if (method !== 0 && method !== 8) throw refuse(`entry ${name} is packed by method ${method}, which is not supported`);
  if (method === 0 && size !== compressedSize) throw refuse(`entry ${name} is stored, but its two sizes differ`);
  if (Math.max(size, compressedSize) > limits.entryBytesMax)
    throw refuse(`entry ${name} has more than entryBytesMax = ${limits.entryBytesMax} bytes`);
  if (size > limits.ratioFloorBytes && size > compressedSize * limits.ratioMax) {
    throw refuse(`entry ${name} unpacks to more than ratioMax = ${limits.ratioMax} times its bytes`);
  }
}

function inflate(stored: Uint8Array, { name, size }: ZipEntry): Uint8Array {
  try {
    // One byte of room beyond the size: what unpacks to more is told apart without unpacking all of it.
    return inflateRawSync(stored, { maxOutputLength: size + 1, chunkSize: Math.min(Math.max(size + 1, 64), MiB) });
  } catch (cause) {
    throw refuse(`entry ${quote(name)} cannot be unpacked to its size`, cause);
  }
}

interface DirectoryPlace {
  readonly start: number;
  readonly bytes: number;
  readonly count: number;
  /** What offsets in the archive lack: the bytes put before it. */
  readonly shift: number;
}

async function locateDirectory(source: RandomAccess, limits: ZipLimits): Promise<DirectoryPlace> {
  const tailBytes = Math.min(source.size, endBytes + commentBytesMax);
  const tailOffset = source.size - tailBytes;
  const tail = view(await readExactly(source, tailOffset, tailBytes, 'the end'));
  const at = findEnd(tail);
  if (at === -1) throw refuse('no end record: it is cut off, or no zip at all');
  if (tail.getUint16(at + 4, true) !== 0 && tail.getUint16(at + 4, true) !== 0xffff)
    throw refuse('it has several volumes');
  const plain = {
    count: tail.getUint16(at + 10, true),
    bytes: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
    end: tailOffset + at,
  };
  const { count, bytes, offset, end } = (await readEnd64(source, plain.end)) ?? plain;
  if (count > limits.entriesMax) throw refuse(`more than entriesMax = ${limits.entriesMax} entries`);
  if (bytes > limits.directoryBytesMax)
    throw refuse(`the directory has more than directoryBytesMax = ${limits.directoryBytesMax} bytes`);
  if (count * centralBytes > bytes) throw refuse('the directory is too small for its entries');
  const start = end - bytes;
  const shift = start - offset;
  if (start < 0 || shift < 0) throw refuse('the directory lies outside the archive');
  return { start, bytes, count, shift };
}

/** From the end backwards, so that a signature inside the comment loses to the real record only if it does not fit. */
function findEnd(tail: DataView): number {
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== signatures.end) continue;
    if (at + endBytes + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  return -1;
}

async function readEnd64(source: RandomAccess, endOffset: number) {
  const locatorOffset = endOffset - locator64Bytes;
  if (locatorOffset < end64Bytes) return null;
  const locator = view(await readExactly(source, locatorOffset, locator64Bytes, 'the zip64 locator'));
  if (locator.getUint32(0, true) !== signatures.locator64) return null;
  // Said from the archive's start, which may lie behind a stub: there, or right before the locator.
  for (const offset of [uint64(locator, 8), locatorOffset - end64Bytes]) {
    if (offset < 0 || offset + end64Bytes > locatorOffset) continue;
    const record = view(await readExactly(source, offset, end64Bytes, 'the zip64 end record'));
    if (record.getUint32(0, true) !== signatures.end64) continue;
    return { count: uint64(record, 32), bytes: uint64(record, 40), offset: uint64(record, 48), end: offset };
  }
  throw refuse('the zip64 end record is not where its locator says');
}

function readCentral(directory: DataView, at: number) {
  if (at + centralBytes > directory.byteLength || directory.getUint32(at, true) !== signatures.central) {
    throw refuse('the directory has fewer entries than it says');
  }
  const flags = directory.getUint16(at + 8, true);
  const nameBytes = directory.getUint16(at + 28, true);
  const extraBytes = directory.getUint16(at + 30, true);
  const bytes = centralBytes + nameBytes + extraBytes + directory.getUint16(at + 32, true);
  if (at + bytes > directory.byteLength) throw refuse('the directory ends inside an entry');
  const large = readLargeSizes(directory, at, at + centralBytes + nameBytes, extraBytes);
  return {
    name: decodeName(new Uint8Array(directory.buffer, directory.byteOffset + at + centralBytes, nameBytes)),
    method: directory.getUint16(at + 10, true),
    encrypted: (flags & 0x41) !== 0,
    crc32: directory.getUint32(at + 16, true),
    ...large,
    nameBytes,
    bytes,
  };
}

/** Sizes and offset of an entry, from its zip64 field where the plain ones are full. */
function readLargeSizes(directory: DataView, at: number, extraAt: number, extraBytes: number) {
  const plain = [
    directory.getUint32(at + 24, true),
    directory.getUint32(at + 20, true),
    directory.getUint32(at + 42, true),
  ];
  if (plain.includes(0xffffffff)) {
    let field = extraAt;
    const end = extraAt + extraBytes;
    while (field + 4 <= end && directory.getUint16(field, true) !== 1)
      field += 4 + directory.getUint16(field + 2, true);
    let value = field + 4;
    const fieldEnd = field + 4 <= end ? Math.min(end, value + directory.getUint16(field + 2, true)) : 0;
    for (const [index, given] of plain.entries()) {
      if (given !== 0xffffffff || value + 8 > fieldEnd) continue;
      plain[index] = uint64(directory, value);
      value += 8;
    }
  }
  const [size = 0, compressedSize = 0, localHeaderOffset = 0] = plain;
  return { size, compressedSize, localHeaderOffset };
}

/** For each entry's start the start of whatever follows it: the next entry, or the directory. */
function endOffsets(starts: Float64Array, directoryStart: number): (start: number) => number {
  const sorted = starts.slice().sort();
  return (start) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return sorted[low + 1] ?? directoryStart;
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 where the bytes are that, flag or not; else Latin-1, so that every name is text and distinct. */
function decodeName(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Numbers beyond 2^53 are beyond any limit as well; they become a number that is too large. */
function uint64(bytes: DataView, at: number): number {
  return bytes.getUint32(at + 4, true) * 2 ** 32 + bytes.getUint32(at, true);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function readExactly(source: RandomAccess, offset: number, length: number, what: string): Promise<Uint8Array> {
  const answer = source.read(offset, length);
  const bytes = answer instanceof Uint8Array ? answer : await answer;
  if (bytes.length !== length) throw refuse(`it ends inside ${what}`);
  return bytes;
}

function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
