import { packLines, unpackLines } from '../packed-lines.ts';
import { linesOf } from '../text.ts';

/** Paths of files as dpkg spells them, packed; the order is the list's. */
export interface OwnedFacts {
  readonly kind: 'owned';
  readonly paths: string;
}

/** `from` is moved aside to `to` when a package other than `by` brings it; `by` is `:` for the administrator's. */
export interface Diversion {
  readonly from: string;
  readonly to: string;
  readonly by: string;
}

export interface DiversionFacts {
  readonly kind: 'diversions';
  readonly diversions: readonly Diversion[];
}

/** `info/<package>.list`: absolute paths, directories before what is in them. Directories are left out. */
export function readList(text: string): OwnedFacts {
  return { kind: 'owned', paths: packLines(filesOnly(text)) };
}

function* filesOnly(text: string): Generator<string> {
  let last: string | null = null;
  for (const line of linesOf(text)) {
    if (!line.startsWith('/')) continue;
    if (last !== null && !line.startsWith(`${last}/`)) yield last;
    last = line;
  }
  if (last !== null && last !== '/.') yield last;
}

/** `status.d/<package>.md5sums`: 32 hex digits, two spaces, a path without a leading slash. */
export function readMd5sums(text: string): OwnedFacts {
  const paths: string[] = [];
  for (const line of linesOf(text)) {
    const match = /^[0-9a-f]{32} [ *](.+)$/i.exec(line);
    if (match?.[1]) paths.push(match[1]);
  }
  return { kind: 'owned', paths: packLines(paths) };
}

/** `diversions`: three lines each, from, to, and who. */
export function readDiversions(text: string): DiversionFacts | null {
  const lines = [...linesOf(text)];
  const diversions: Diversion[] = [];
  for (let at = 0; at + 2 < lines.length && diversions.length < 10_000; at += 3) {
    const [from = '', to = '', by = ''] = lines.slice(at, at + 3);
    if (!from.startsWith('/') || !to.startsWith('/')) return null;
    diversions.push({ from, to, by });
  }
  return diversions.length === 0 ? null : { kind: 'diversions', diversions };
}

/** The files of a package, where diversions put them. */
export function* ownedPaths(
  owned: OwnedFacts,
  name: string,
  diversions: ReadonlyMap<string, Diversion>,
): Generator<string> {
  for (const path of unpackLines(owned.paths)) {
    const diversion = diversions.get(path);
    yield diversion === undefined || diversion.by === name ? path : diversion.to;
  }
}
