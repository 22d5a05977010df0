import { type BodySink, ChangePacker, type Entry, type LayerLimits, type LayerVisitor } from '@soupcon/layers';
import { type Problem, type ProblemCode, problem } from '@soupcon/model';
import type { Cataloger, LayerFile } from './cataloger.ts';
import type { KeptFile, LayerIndex } from './layer-index.ts';
import { Wants } from './wants.ts';

/** Problems of one kind in one layer; more are counted in the last one. */
const problemsPerCodeMax = 50;

/** Bytes by which executables are told. */
const headBytes = 4;
const nothing: Readonly<Record<string, unknown>> = {};

/**
 * Makes a layer's index from the entries it is told of. Holds one wanted file at a time and what was read of those
 * before; everything else goes by.
 */
export class LayerIndexer implements LayerVisitor {
  readonly #catalogers: readonly Cataloger[];
  readonly #limits: LayerLimits;
  readonly #wants: Wants;
  readonly #changes = new ChangePacker();
  readonly #hidden = new ChangePacker();
  readonly #files: KeptFile[] = [];
  readonly #problems: Problem[] = [];
  readonly #counts = new Map<ProblemCode, number>();
  /** There are many files of which the first bytes are looked at, so there is one sink for all. */
  readonly #peek = new Peek(this);
  #keptBytes = 0;

  constructor(catalogers: readonly Cataloger[], limits: LayerLimits) {
    this.#catalogers = catalogers;
    this.#limits = limits;
    this.#wants = new Wants(catalogers);
  }

  entry(entry: Entry): BodySink | null {
    if (this.#changes.length + this.#hidden.length > this.#limits.pathsBytesMax) {
      this.problem('limit_kept_bytes', entry.path, `${this.#limits.pathsBytesMax} bytes of paths`);
      return null;
    }
    if (entry.kind !== 'file') {
      this.#changes.add({ path: entry.path, kind: entry.kind, linkTarget: entry.linkTarget, file: null });
      return null;
    }
    const catalogers = this.#wants.of(entry.path);
    if (catalogers.length > 0 && entry.size > this.#limits.fileBytesMax) {
      this.problem('limit_file_bytes', entry.path, `${entry.size} bytes`);
    } else if (catalogers.length > 0) return this.#collect(entry, catalogers);
    return this.#peek.at(entry);
  }

  whiteout(path: string): void {
    this.#hidden.add({ path, kind: 'whiteout', linkTarget: null, file: null });
  }

  opaque(path: string): void {
    this.#hidden.add({ path, kind: 'opaque', linkTarget: null, file: null });
  }

  problem(code: ProblemCode, path: string | null, more?: string): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= problemsPerCodeMax)
      this.#problems.push(problem(code, { path, ...(more === undefined ? {} : { more }) }));
  }

  finish(hashes: Pick<LayerIndex, 'digest' | 'diffId' | 'size'>): LayerIndex {
    for (const [code, count] of this.#counts) {
      if (count > problemsPerCodeMax)
        this.#problems.push(problem(code, { more: `${count - problemsPerCodeMax} more` }));
    }
    return {
      ...hashes,
      paths: this.#changes.finish(),
      hidden: this.#hidden.finish(),
      files: this.#files,
      problems: this.#problems,
      catalogers: Object.fromEntries(this.#catalogers.map(({ id, version }) => [id, version])),
    };
  }

  /** For the sink of files that nobody wants; `head` as {@link headOf} says. */
  peeked(entry: Entry, head: number | null): void {
    this.#keep(entry, isExecutable(head), nothing);
  }

  /** Gathers a file that catalogers want, whole, and lets them read it. */
  #collect(entry: Entry, catalogers: readonly Cataloger[]): BodySink {
    const bytes = Buffer.allocUnsafe(entry.size);
    let filled = 0;
    return {
      write(piece) {
        bytes.set(piece.subarray(0, bytes.length - filled), filled);
        filled = Math.min(bytes.length, filled + piece.length);
        return true;
      },
      end: (whole) => {
        const content = bytes.subarray(0, filled);
        const facts = whole ? readFacts(catalogers, entry.path, content) : {};
        this.#keep(entry, isExecutable(headOf(content)), facts);
      },
    };
  }

  #keep({ path, size }: Entry, executable: boolean, facts: Readonly<Record<string, unknown>>): void {
    const hasFacts = facts !== nothing && Object.keys(facts).length > 0;
    const isKept = (executable || hasFacts) && this.#hasRoom(path, hasFacts ? weigh(facts) : 0);
    if (isKept) this.#files.push({ path, size, executable, facts });
    this.#changes.add({ path, kind: 'file', linkTarget: null, file: isKept ? this.#files.length - 1 : null });
  }

  #hasRoom(path: string, factsBytes: number): boolean {
    if (this.#files.length >= this.#limits.keptFilesMax) {
      this.problem('limit_kept_files', path, `${this.#limits.keptFilesMax} files`);
      return false;
    }
    if (this.#keptBytes + factsBytes > this.#limits.keptBytesMax) {
      this.problem('limit_kept_bytes', path, `${this.#limits.keptBytesMax} bytes of facts`);
      return false;
    }
    this.#keptBytes += factsBytes;
    return true;
  }
}

/** Bytes that facts take, about; they are data of our own making, so they are neither deep nor in circles. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return value.length + 16;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 16;
  for (const part of Object.values(value)) bytes += weigh(part);
  return bytes;
}

function readFacts(catalogers: readonly Cataloger[], path: string, bytes: Uint8Array): Record<string, unknown> {
  let text: string | null = null;
  const file: LayerFile = {
    path,
    bytes,
    text: () => {
      text ??= new TextDecoder().decode(bytes);
      return text;
    },
  };
  const facts: Record<string, unknown> = {};
  for (const cataloger of catalogers) {
    const found = cataloger.read(file);
    if (found !== null) facts[cataloger.id] = found;
  }
  return facts;
}

/** Looks at the first bytes of one file after the other. */
class Peek implements BodySink {
  readonly #indexer: LayerIndexer;
  #entry: Entry | null = null;
  #head = 0;
  #filled = 0;

  constructor(indexer: LayerIndexer) {
    this.#indexer = indexer;
  }

  at(entry: Entry): this {
    this.#entry = entry;
    this.#head = this.#filled = 0;
    return this;
  }

  write(piece: Uint8Array): boolean {
    for (let at = 0; at < piece.length && this.#filled < headBytes; at += 1) {
      this.#head = (this.#head << 8) | (piece[at] ?? 0);
      this.#filled += 1;
    }
    return this.#filled < headBytes;
  }

  end(): void {
    if (this.#entry !== null) this.#indexer.peeked(this.#entry, this.#filled < headBytes ? null : this.#head);
    this.#entry = null;
  }
}

/** The first bytes as one signed number; null when there are too few. */
function headOf(bytes: Buffer): number | null {
  return bytes.length < headBytes ? null : bytes.readInt32BE(0);
}

/** ELF, PE (`MZ`) and Mach-O, thin ones of both byte orders; a fat one has the same first bytes as a Java class. */
function isExecutable(head: number | null): boolean {
  if (head === null) return false;
  if (head === 0x7f454c46 || head >>> 16 === 0x4d5a) return true;
  return (
    head === (0xfeedface | 0) || head === (0xfeedfacf | 0) || head === (0xcefaedfe | 0) || head === (0xcffaedfe | 0)
  );
}
