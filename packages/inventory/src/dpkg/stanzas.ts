import { linesOf } from '../text.ts';

/** One block of a control file. Field names are in lower case; `line` is its first line, from 1. */
export interface Stanza {
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** Characters of a value that are kept. */
const valueMax = 2000;

/**
 * The blocks of a control file, separated by blank lines. Of the fields only those in `wanted` are kept, and of those
 * only the first line: none that is asked for goes on. A field that comes twice counts the first time.
 * @see https://manpages.debian.org/deb822.5
 */
export function* readStanzas(text: string, wanted: ReadonlySet<string>): Generator<Stanza> {
  let fields = new Map<string, string>();
  let first = 0;
  let line = 0;
  for (const row of linesOf(text)) {
    line += 1;
    if (row.trim() === '') {
      if (first > 0) yield { line: first, fields };
      fields = new Map();
      first = 0;
      continue;
    }
    if (first === 0) first = line;
    const code = row.charCodeAt(0);
    if (code === 0x20 || code === 0x09 || code === 0x23) continue; // A continuation, or a comment.
    const colon = row.indexOf(':');
    const name = colon <= 0 || colon > 60 ? '' : row.slice(0, colon).trim().toLowerCase();
    if (wanted.has(name) && !fields.has(name)) fields.set(name, row.slice(colon + 1, colon + 1 + valueMax).trim());
  }
  if (first > 0) yield { line: first, fields };
}
