import { LinePacker, packLines, unpackLines } from '../packed-lines.ts';
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

const diversionsMax = 10_000;

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
  const paths = new LinePacker();
  for (const line of linesOf(text)) {
    const match = /^[0-9a-f]{32} [ *](.+)$/i.exec(line);
    if (match?.[1]) paths.add(match[1]);
  }
  return { kind: 'owned', paths: paths.finish() };
}

/** `diversions`: three lines each, from, to, and who. */
export function readDiversions(text: string): DiversionFacts | null {
  const diversions: Diversion[] = [];
  let lines: string[] = [];
  for (const line of linesOf(text)) {
    lines.push(line);
    if (lines.length < 3) continue;
    const [from = '', to = '', by = ''] = lines;
    if (!from.startsWith('/') || !to.startsWith('/')) return null;
    diversions.push({ from, to, by });
    lines = [];
    if (diversions.length >= diversionsMax) break;
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
