import type { EntryKind } from './entry.ts';

/** One path of a layer. `file` numbers what is kept of it, or is null. */
export interface PackedChange {
  readonly path: string;
  readonly kind: EntryKind | 'whiteout' | 'opaque';
  readonly linkTarget: string | null;
  readonly file: number | null;
}

const kinds = ['file', 'directory', 'symlink', 'hardlink', 'other', 'whiteout', 'opaque'] as const;

/** Longer ones cost a larger buffer. */
const pathBytesUsual = 4096;

/**
 * All paths of a layer in about 20 bytes each, because a layer may have two million: each is written as what it shares
 * with the one before, and the rest. Layout of a record, numbers as LEB128: kind, shared bytes, rest's bytes, rest,
 * kept file's number plus one or 0; for links the target's bytes and the target.
 */
export class ChangePacker {
  /** Small, so that growing is nothing new when all this has been compiled. */
  #bytes = Buffer.alloc(1024);
  #length = 0;
  /** The path that is added, and the one before; they change places. */
  #path = Buffer.alloc(pathBytesUsual);
  #last = Buffer.alloc(pathBytesUsual);
  #lastBytes = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  add({ path, kind, linkTarget, file }: PackedChange): void {
    const pathBytes = this.#encode(path);
    const shared = this.#shared(pathBytes);
    const rest = pathBytes - shared;
    const target = linkTarget === null ? null : Buffer.from(linkTarget);
    this.#reserve(rest + (target?.length ?? 0) + 32);
    this.#number(kinds.indexOf(kind));
    this.#number(shared);
    this.#text(this.#path, shared, rest);
    this.#number(file === null ? 0 : file + 1);
    if (target !== null) this.#text(target, 0, target.length);
    const before = this.#last; // No destructuring where paths are many: it takes long to compile.
    this.#last = this.#path;
    this.#path = before;
    this.#lastBytes = pathBytes;
  }

  finish(): Uint8Array {
    // A copy of the right size, in memory of its own: it will be sent to another thread.
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  /** @returns how many bytes it has. */
  #encode(path: string): number {
    const most = path.length * 3;
    if (most > this.#path.length) this.#path = Buffer.alloc(most * 2);
    return this.#path.write(path);
  }

  /** How many bytes the path has in common with the one before. */
  #shared(pathBytes: number): number {
    const path = this.#path;
    const last = this.#last;
    const most = Math.min(pathBytes, this.#lastBytes);
    let shared = 0;
    while (shared < most && path[shared] === last[shared]) shared += 1;
    return shared;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #number(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #text(bytes: Buffer, start: number, length: number): void {
    this.#number(length);
    for (let at = start; at < start + length; at += 1) this.#bytes[this.#length++] = bytes[at] ?? 0;
  }
}

/**
 * Reads what {@link ChangePacker} wrote, in the same order, one at a time.
 * @param absent asked after each: a directory that is not there. Of what follows below it only links and kept files are
 * told, as all else changes nothing; most of a layer is that, and no text is made of it.
 */
export function* readChanges(packed: Uint8Array, absent: () => string | null = () => null): Generator<PackedChange> {
  const reader = new RecordReader(packed);
  // Each path is made in place, over what it shares with the one before.
  let path = Buffer.alloc(4096);
  /** Whoever shares as much with the one before is below the directory that is not there. */
  let mootBytes = unreachable;
  while (!reader.done) {
    const kind = kinds[reader.number()] ?? 'other';
    const shared = reader.number();
    const rest = reader.number();
    const length = shared + rest;
    if (length > path.length) path = Buffer.concat([path], length * 2);
    reader.copy(path, shared, rest);
    const file = reader.number();
    const isLink = kind === 'symlink' || kind === 'hardlink';
    if (shared >= mootBytes && file === 0 && !isLink) continue;
    const text = path.toString('utf8', 0, length);
    yield { path: text, kind, file: file === 0 ? null : file - 1, linkTarget: isLink ? reader.text() : null };
    mootBytes = bytesAbove(text, absent());
  }
}

/** More than paths may share. */
const unreachable = 0x3fffffff;

/** How many bytes of a path are the directory that it is below, with its slash. */
function bytesAbove(path: string, directory: string | null): number {
  const isBelow = directory !== null && path.startsWith(directory) && path.charAt(directory.length) === '/';
  return isBelow ? Buffer.byteLength(directory) + 1 : unreachable;
}

class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(packed: Uint8Array) {
    this.#bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** The next bytes, few as they are, without the cost of a view on them. */
  copy(target: Uint8Array, offset: number, length: number): void {
    for (let index = 0; index < length; index += 1) target[offset + index] = this.#bytes[this.#at++] ?? 0;
  }

  text(): string {
    const length = this.number();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }
}
