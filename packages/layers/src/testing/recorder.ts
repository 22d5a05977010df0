import type { ProblemCode } from '@soupcon/model';
import type { BodySink, Entry } from '../entry.ts';
import type { LayerVisitor } from '../whiteouts.ts';

/** Writes down all that it is told, in order. */
export class Recorder implements LayerVisitor {
  readonly entries: (Entry & { body: string | null; whole: boolean | null })[] = [];
  readonly problems: { code: ProblemCode; path: string | null }[] = [];
  readonly whiteouts: string[] = [];
  readonly opaques: string[] = [];
  readonly #wants: (entry: Entry) => boolean;

  constructor(wants: (entry: Entry) => boolean = () => true) {
    this.#wants = wants;
  }

  entry(entry: Entry): BodySink | null {
    const record = { ...entry, body: null as string | null, whole: null as boolean | null };
    this.entries.push(record);
    if (entry.kind !== 'file' || !this.#wants(entry)) return null;
    const pieces: Buffer[] = [];
    return {
      write: (piece) => pieces.push(Buffer.from(piece)) > 0,
      end: (whole) => {
        record.body = Buffer.concat(pieces).toString('latin1');
        record.whole = whole;
      },
    };
  }

  problem(code: ProblemCode, path: string | null): void {
    this.problems.push({ code, path });
  }

  whiteout(path: string): void {
    this.whiteouts.push(path);
  }

  opaque(directory: string): void {
    this.opaques.push(directory);
  }

  get paths(): string[] {
    return this.entries.map(({ path }) => path);
  }

  get codes(): ProblemCode[] {
    return this.problems.map(({ code }) => code);
  }
}
