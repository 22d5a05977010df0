import type { Bucket } from './bucket.ts';
import { later, normaliseInstant } from './snapshot.ts';

/** What `modified_id.csv` says of an ecosystem. */
export interface ModifiedList {
  /** The instant of the newest change by record, as written. */
  readonly records: ReadonlyMap<string, string>;
  /** RFC 3339 in UTC to the second; null when it lists nothing. */
  readonly newest: string | null;
  /** False when its last row has no end: it was cut off, and what it does not list may be there all the same. */
  readonly whole: boolean;
}

/** A row has an instant, an ecosystem and an id; what is longer is none. */
const rowCharactersMax = 4096;

/** The list of an ecosystem: its own, else its rows of the list of all; null when there is neither. */
export async function readModified(bucket: Bucket, ecosystem: string): Promise<ModifiedList | null> {
  const own = await bucket.modified(ecosystem);
  if (own !== null) return collect(own, '');
  const all = await bucket.modified(null);
  return all === null ? null : collect(all, `${ecosystem}/`);
}

const plainPattern = /T.*Z$/;
const instantPattern = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d/;

async function collect(chunks: AsyncIterable<Uint8Array>, prefix: string): Promise<ModifiedList> {
  const records = new Map<string, string>();
  let newest: string | null = null;
  let newestText = '';
  let rest = '';
  const row = (line: string) => {
    const comma = line.indexOf(',');
    const [text, id] = [line.slice(0, comma), line.slice(comma + 1).trimEnd()];
    if (comma === -1 || id === '' || !id.startsWith(prefix)) return;
    if (!instantPattern.test(text)) return;
    records.set(id.slice(prefix.length), text);
    // Almost all rows are older than one seen before and as plain: text tells that without a date being parsed.
    if (text === newestText || (newest !== null && plainPattern.test(text) && text < newest.slice(0, -1))) return;
    const instant = normaliseInstant(text);
    newest = later(newest, instant);
    if (newest === instant) newestText = text;
  };
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, rowCharactersMax);
    for (const line of lines) row(line);
  }
  return { records, newest, whole: rest === '' };
}

/** Whether instant `a` is after `b`, to the last digit written; a `b` that is none is before everything. */
export function isAfter(a: string, b: string | null): boolean {
  if (a === b) return false;
  const [left, right] = [sortable(a), b === null ? null : sortable(b)];
  return right === null || (left !== null && left > right);
}

/** Text that sorts as the instants do: UTC with nine digits of the second. */
function sortable(text: string): string | null {
  const seconds = normaliseInstant(text);
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  return seconds === null ? null : `${seconds.slice(0, -1)}.${fraction.padEnd(9, '0')}`;
}
