import type { ProblemCode } from '@soupcon/model';
import { type BodySink, cleanPath, type Entry, type EntryKind } from '../entry.ts';
import type { LayerLimits } from '../limits.ts';
import { blockBytes, readHeader, readSparseRuns, type SparseRun, type TarHeader } from './header.ts';
import { readPaxRecords } from './pax.ts';
import { expandSparse, isSparseMapValid, readSparseText } from './sparse.ts';

/** Is told of every entry and asked whether it wants the content. */
export interface TarVisitor {
  entry(entry: Entry): BodySink | null;
  problem(code: ProblemCode, path: string | null, more?: string): void;
}

type Limits = Pick<LayerLimits, 'entriesMax' | 'headerBytesMax' | 'pathBytesMax' | 'pathDepthMax'>;

/** What the walker does with the bytes to come. */
type State =
  | { readonly at: 'header' }
  | { readonly at: 'skip'; left: number; readonly padding: number }
  | { readonly at: 'body'; left: number; padding: number; readonly sink: BodySink }
  | { readonly at: 'collect'; readonly bytes: Buffer; filled: number; readonly then: (bytes: Buffer) => State }
  | { readonly at: 'end' };

const header: State = { at: 'header' };
const end: State = { at: 'end' };

const kinds: Readonly<Record<string, EntryKind>> = {
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'other',
  '4': 'other',
  '5': 'directory',
  '6': 'other',
};

/**
 * Walks a tar archive that comes in pieces, without copying content: ustar, pax, GNU long names, sparse files and
 * base-256 numbers. Content nobody wants is stepped over. After a fault the rest is not read, for it would be guesswork.
 */
export class TarWalker {
  readonly #visitor: TarVisitor;
  readonly #limits: Limits;
  readonly #block = Buffer.alloc(blockBytes);
  #blockFilled = 0;
  #state: State = header;
  #zeroBlocks = 0;
  #entries = 0;
  #headers = 0;
  #global = new Map<string, string>();
  /** Of the next real entry only: a size in them must never apply to a header in between. */
  #local = new Map<string, string>();
  #longName: string | null = null;
  #longLink: string | null = null;
  #nameLost = false;
  /** Bytes before the current piece, and up to where the current step has read. */
  #base = 0;
  #position = 0;

  constructor(visitor: TarVisitor, limits: Limits) {
    this.#visitor = visitor;
    this.#limits = limits;
  }

  /** True once nothing more will be read, because the archive ended or a fault was met. */
  get done(): boolean {
    return this.#state.at === 'end';
  }

  /** Headers that were valid so far; 0 at the end means that this is no tar archive, unless it is empty. */
  get headers(): number {
    return this.#headers;
  }

  /** True when nothing but zeros came: an empty archive. */
  get empty(): boolean {
    return this.#headers === 0 && this.#zeroBlocks > 0 && this.#blockFilled === 0;
  }

  /** Offset in the archive behind what was read last; while `entry` is called, where its stored content begins. */
  get position(): number {
    return this.#position;
  }

  /** Bytes to come that nobody wants: a reader that can seek may call {@link skip} instead of writing them. */
  get skippable(): number {
    return this.#state.at === 'skip' ? this.#state.left : 0;
  }

  /** Steps over bytes without having them; no more than {@link skippable}. */
  skip(bytes: number): void {
    if (bytes === 0) return;
    if (this.#state.at !== 'skip' || bytes > this.#state.left) throw new RangeError('More than can be skipped.');
    this.#state.left -= bytes;
    this.#base += bytes;
    if (this.#state.left === 0) this.#state = header;
  }

  write(written: Uint8Array): void {
    const piece = Buffer.from(written.buffer, written.byteOffset, written.length);
    let at = 0;
    while (at < piece.length) {
      const state = this.#state;
      switch (state.at) {
        case 'skip': {
          const take = Math.min(state.left, piece.length - at);
          state.left -= take;
          at += take;
          if (state.left === 0) this.#state = header;
          break;
        }
        case 'body':
          at = this.#body(state, piece, at);
          break;
        case 'collect': {
          const take = Math.min(state.bytes.length - state.filled, piece.length - at);
          state.bytes.set(piece.subarray(at, at + take), state.filled);
          state.filled += take;
          at += take;
          this.#position = this.#base + at;
          if (state.filled === state.bytes.length) this.#state = state.then(state.bytes);
          break;
        }
        case 'header':
          at = this.#gather(piece, at);
          break;
        case 'end':
          at = piece.length;
          break;
      }
    }
    this.#base += piece.length;
  }

  /** Says that no bytes follow. An archive that stops in the middle is a problem; missing padding or end mark is none. */
  end(): void {
    const state = this.#state;
    if (state.at === 'body') state.sink.end(false);
    const isCut = state.at === 'body' || state.at === 'collect' || (state.at === 'skip' && state.left > state.padding);
    if (isCut || this.#blockFilled > 0) this.#visitor.problem('tar_truncated', null);
    this.#state = end;
  }

  #body(state: Extract<State, { at: 'body' }>, piece: Buffer, at: number): number {
    const take = Math.min(state.left, piece.length - at);
    state.left -= take;
    const more = state.sink.write(piece.subarray(at, at + take));
    if (state.left === 0 || !more) {
      state.sink.end(state.left === 0);
      this.#state = skip(state.left, state.padding);
    }
    return at + take;
  }

  /** Reads headers where they lie; only one that spans two pieces is copied. */
  #gather(piece: Buffer, at: number): number {
    if (this.#blockFilled === 0 && piece.length - at >= blockBytes) {
      this.#position = this.#base + at + blockBytes;
      this.#state = this.#header(piece, at);
      return at + blockBytes;
    }
    const take = Math.min(blockBytes - this.#blockFilled, piece.length - at);
    this.#block.set(piece.subarray(at, at + take), this.#blockFilled);
    this.#blockFilled += take;
    if (this.#blockFilled === blockBytes) {
      this.#blockFilled = 0;
      this.#position = this.#base + at + take;
      this.#state = this.#header(this.#block, 0);
    }
    return at + take;
  }

  #header(bytes: Buffer, at: number): State {
    const found = readHeader(bytes, at);
    if (found === null) {
      this.#zeroBlocks += 1;
      return this.#zeroBlocks === 2 ? end : header;
    }
    if (found === 'invalid') return this.#fault('tar_header_invalid');
    this.#zeroBlocks = 0;
    this.#headers += 1;
    // Extended headers without end and without entries are work, too.
    if (this.#headers > this.#limits.entriesMax * 4) return this.#fault('limit_entries');
    switch (found.type) {
      case 'x':
        return this.#collect(found.size, (bytes) => this.#pax(bytes, 'local'));
      case 'g':
        return this.#collect(found.size, (bytes) => this.#pax(bytes, 'global'));
      case 'L':
        return this.#collect(found.size, (bytes) => this.#long(bytes, 'name'));
      case 'K':
        return this.#collect(found.size, (bytes) => this.#long(bytes, 'link'));
      default:
        return found.sparse?.extended ? this.#oldSparse(found, [...found.sparse.map]) : this.#entry(found);
    }
  }

  /** Gathers an extended header; one that is too large costs the entry behind it its name, and so the entry. */
  #collect(size: number, then: (bytes: Buffer) => State): State {
    if (size > this.#limits.headerBytesMax) {
      this.#visitor.problem('limit_header_bytes', null, `${size} bytes`);
      this.#nameLost = true;
      return skip(size);
    }
    return collect(padded(size), (bytes) => then(bytes.subarray(0, size)));
  }

  #pax(bytes: Uint8Array, scope: 'local' | 'global'): State {
    const records = readPaxRecords(bytes);
    if (records === null) return this.#fault('tar_header_invalid', 'pax records');
    if (scope === 'local') this.#local = records;
    else for (const [key, value] of records) this.#global.set(key, value);
    return header;
  }

  #long(bytes: Uint8Array, which: 'name' | 'link'): State {
    const zero = bytes.indexOf(0);
    const text = Buffer.from(bytes.subarray(0, zero === -1 ? bytes.length : zero)).toString('utf8');
    if (which === 'name') this.#longName = text;
    else this.#longLink = text;
    return header;
  }

  /** Further blocks of GNU's old sparse map stand between the header and the content. */
  #oldSparse(found: TarHeader, map: SparseRun[]): State {
    return collect(blockBytes, (block) => {
      const runs = readSparseRuns(block, 0, 21);
      if (runs === 'invalid') return this.#fault('tar_header_invalid', 'sparse map');
      map.push(...runs);
      if (map.length * 24 > this.#limits.headerBytesMax) return this.#fault('limit_header_bytes', 'sparse map');
      if (block[504] !== 0) return this.#oldSparse(found, map);
      return this.#entry({ ...found, sparse: { map, extended: false, realSize: found.sparse?.realSize ?? 0 } });
    });
  }

  #entry(found: TarHeader): State {
    const name = this.#text('GNU.sparse.name') ?? this.#text('path') ?? this.#longName ?? found.name;
    const link = this.#text('linkpath') ?? this.#longLink ?? found.linkName;
    const sizeText = this.#text('size');
    const size = sizeText === null ? found.size : /^\d{1,16}$/.test(sizeText) ? Number(sizeText) : Number.NaN;
    const sparse = found.sparse ?? this.#paxSparse();
    const version1 = this.#record('GNU.sparse.major') === '1';
    const lost = this.#nameLost;
    if (this.#local.size > 0) this.#local = new Map();
    this.#longName = this.#longLink = null;
    this.#nameLost = false;
    if (!Number.isSafeInteger(size)) return this.#fault('tar_header_invalid', `size ${sizeText}`);

    this.#entries += 1;
    if (this.#entries > this.#limits.entriesMax) return this.#fault('limit_entries');
    // Old archives mark a directory by a trailing slash only.
    const kind = found.type === '0' && size === 0 && name.endsWith('/') ? 'directory' : (kinds[found.type] ?? 'other');
    // As in the runtimes' tar, only files and unknown kinds have content.
    const stored = kind === 'file' || kinds[found.type] === undefined ? size : 0;
    if (lost) return skip(stored);
    const entry = this.#named(name, kind, sparse?.realSize ?? (kind === 'file' ? size : 0), found.mode, link);
    if (entry === null) return skip(stored);
    const sink = this.#visitor.entry(entry);
    if (sink === null || kind !== 'file') return skip(stored);
    if (sparse === null) return body(sink, stored);
    if (version1) return this.#sparseInBody(sink, entry, stored);
    return this.#sparseBody(sink, entry, sparse.map, stored);
  }

  #record(key: string): string | undefined {
    return this.#local.get(key) ?? this.#global.get(key);
  }

  /** An empty record takes back what was said, so it is as none. */
  #text(key: string): string | null {
    return this.#record(key) || null;
  }

  #sparseBody(sink: BodySink, entry: Entry, map: readonly SparseRun[], stored: number): State {
    if (isSparseMapValid(map, entry.size, stored)) return body(expandSparse(sink, map, entry.size), stored);
    this.#visitor.problem('tar_sparse_unsupported', entry.path);
    sink.end(false);
    return skip(stored);
  }

  /** GNU's sparse format 1.0: the map stands before the content, as lines of decimal numbers, padded to a block. */
  #sparseInBody(sink: BodySink, entry: Entry, stored: number, seen: Uint8Array = new Uint8Array(0)): State {
    const refuse = (left: number) => {
      this.#visitor.problem('tar_sparse_unsupported', entry.path);
      sink.end(false);
      return skip(left);
    };
    if (stored < blockBytes || seen.length > this.#limits.headerBytesMax) return refuse(stored);
    return collect(blockBytes, (block) => {
      const text = Buffer.concat([seen, block]);
      const left = stored - blockBytes;
      const lines = text.toString('latin1').split('\n');
      const count = Number(lines[0]);
      if (!Number.isSafeInteger(count) || count < 0) return refuse(left);
      // The last piece of the split is not a whole line.
      if (lines.length - 1 < 1 + count * 2) return this.#sparseInBody(sink, entry, left, text);
      const map = readSparseText(lines.slice(1, 1 + count * 2).join(','));
      return map === null ? refuse(left) : this.#sparseBody(sink, entry, map, left);
    });
  }

  /** GNU's sparse formats in pax records: 0.0 and 0.1 have the map there, 1.0 has only the size there. */
  #paxSparse(): { map: readonly SparseRun[]; realSize: number } | null {
    const size = this.#record('GNU.sparse.realsize') ?? this.#record('GNU.sparse.size');
    if (size === undefined || !/^\d{1,15}$/.test(size)) return null;
    const map = readSparseText(this.#record('GNU.sparse.map') ?? '');
    // An unreadable map is made one that cannot be valid, and so a problem with the path.
    return { map: map ?? [{ offset: Number(size), size: 1 }], realSize: Number(size) };
  }

  #named(name: string, kind: EntryKind, size: number, mode: number, link: string): Entry | null {
    const cleaned = cleanPath(name);
    if (cleaned === null) return null;
    if (cleaned === 'outside') return this.#leaveOut('path_outside_root', name);
    if (cleaned === 'invalid') return this.#leaveOut('path_invalid', name);
    const { path } = cleaned;
    if (path.length > this.#limits.pathBytesMax || link.length > this.#limits.pathBytesMax) {
      return this.#leaveOut('limit_path_bytes', path);
    }
    if (path.length > this.#limits.pathDepthMax && path.split('/').length > this.#limits.pathDepthMax) {
      return this.#leaveOut('limit_path_depth', path);
    }
    if (kind !== 'hardlink') return { path, kind, size, mode, linkTarget: kind === 'symlink' ? link : null };
    const target = cleanPath(link);
    if (target === null || typeof target === 'string') return this.#leaveOut('path_outside_root', `${path} => ${link}`);
    return { path, kind, size, mode, linkTarget: target.path };
  }

  #leaveOut(code: ProblemCode, path: string): null {
    this.#visitor.problem(code, shorten(path));
    return null;
  }

  #fault(code: ProblemCode, more?: string): State {
    this.#visitor.problem(code, null, more);
    return end;
  }
}

function padded(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}

/** @param padding bytes behind the content, up to a whole block. */
function skip(content: number, padding = padded(content) - content): State {
  return content + padding === 0 ? header : { at: 'skip', left: content + padding, padding };
}

function collect(bytes: number, then: (bytes: Buffer) => State): State {
  const buffer = Buffer.alloc(bytes);
  return bytes === 0 ? then(buffer) : { at: 'collect', bytes: buffer, filled: 0, then };
}

function body(sink: BodySink, stored: number): State {
  if (stored > 0) return { at: 'body', left: stored, padding: padded(stored) - stored, sink };
  sink.end(true);
  return header;
}

function shorten(text: string): string {
  const printable = text.replaceAll('\0', '\\0');
  return printable.length <= 200 ? printable : `${printable.slice(0, 197)}...`;
}
