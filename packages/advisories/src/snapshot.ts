import type { Bucket } from './bucket.ts';

/** RFC 3339 in UTC to the second; null for text that is no instant. */
export function normaliseInstant(text: string): string | null {
  if (!/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)) return null;
  const ms = Date.parse(text.replace(' ', 'T').toUpperCase());
  return Number.isNaN(ms) ? null : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The later of two instants as {@link normaliseInstant} gives them. */
export function later(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}

/**
 * The newest `modified` that the bucket lists: of the ecosystems given, each by its own list, else by its rows in the
 * list of all; of everything when none is given. Null when nothing is listed.
 */
export async function newestModified(bucket: Bucket, ecosystems: readonly string[]): Promise<string | null> {
  if (ecosystems.length === 0) return newestOf(await bucket.modified(null), () => true);
  let newest: string | null = null;
  const unlisted: string[] = [];
  for (const ecosystem of ecosystems) {
    const rows = await bucket.modified(ecosystem);
    if (rows === null) unlisted.push(ecosystem);
    else newest = later(newest, await newestOf(rows, () => true));
  }
  if (unlisted.length === 0) return newest;
  const isUnlisted = (id: string) => unlisted.some((ecosystem) => id.startsWith(`${ecosystem}/`));
  return later(newest, await newestOf(await bucket.modified(null), isUnlisted));
}

const rowBytesMax = 4096;

async function newestOf(
  chunks: AsyncIterable<Uint8Array> | null,
  counts: (id: string) => boolean,
): Promise<string | null> {
  let newest: string | null = null;
  let newestText = '';
  let rest = '';
  const row = (line: string) => {
    const comma = line.indexOf(',');
    const text = line.slice(0, comma);
    // Almost all rows are older than one seen before and as plain: text tells that without a date being parsed.
    if (comma === -1 || text === newestText || !counts(line.slice(comma + 1))) return;
    const instant = normaliseInstant(text);
    newest = later(newest, instant);
    if (instant !== null && newest === instant) newestText = text;
  };
  for await (const chunk of chunks ?? []) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, rowBytesMax);
    for (const line of lines) row(line);
  }
  row(rest);
  return newest;
}
