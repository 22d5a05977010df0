import { storable } from '../storable.ts';

/** A value of one column; a list is an array of text. */
export type CopyValue = string | number | null | readonly string[];

const special = /[\\\n\r\t]/;
const pieceCharacters = 64 * 1024;

/**
 * Rows in the text format of COPY, in pieces of some 64 KiB: what takes them pays for each piece.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export function* copyText(rows: Iterable<readonly CopyValue[]>): Generator<string> {
  let piece = '';
  for (const row of rows) {
    piece += `${row.map(field).join('\t')}\n`;
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function field(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : `{${value.map(quoted).join(',')}}`;
  const kept = text.includes('\0') ? storable(text) : text;
  return special.test(kept) ? kept.replace(/[\\\n\r\t]/g, escaped) : kept;
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
const escaped = (character: string) => escapes[character] ?? character;
