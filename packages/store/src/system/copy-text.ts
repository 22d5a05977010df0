import { storable } from '../storable.ts';

/** A value of one column; a list is an array of text. */
export type CopyValue = string | number | null | readonly string[];

const special = /[\\\n\r\t]/g;

/**
 * A row in the text format of COPY, with its line feed.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
function copyRow(...values: readonly CopyValue[]): string {
  let row = '';
  let separator = '';
  for (const value of values) {
    row += separator + field(value);
    separator = '\t';
  }
  return `${row}\n`;
}

const pieceCharacters = 64 * 1024;

/** Rows as bytes, in pieces of some 64 KiB: they wait outside of the heap, and what takes them pays for each piece. */
export class CopyRows {
  readonly #pieces: Buffer[] = [];
  #open = '';

  add(...values: readonly CopyValue[]): void {
    this.#open += copyRow(...values);
    if (this.#open.length >= pieceCharacters) this.#close();
  }

  pieces(): readonly Uint8Array[] {
    this.#close();
    return this.#pieces;
  }

  #close(): void {
    if (this.#open !== '') this.#pieces.push(Buffer.from(this.#open));
    this.#open = '';
  }
}

function field(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : `{${value.map(quoted).join(',')}}`;
  return isPlain(text) ? text : storable(text).replace(special, escaped);
}

/** Most rows have none of these, and to look for single characters is what engines do fastest. */
function isPlain(text: string): boolean {
  return !(
    text.includes('\\') ||
    text.includes('\n') ||
    text.includes('\t') ||
    text.includes('\r') ||
    text.includes('\0')
  );
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
const escaped = (character: string) => escapes[character] ?? character;
