export type EntryKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

/** One thing in a layer. `path` is clean: relative, no `.` or `..`, no doubled or trailing slash; never empty. */
export interface Entry {
  readonly path: string;
  readonly kind: EntryKind;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  /** As written for a symbolic link; a clean path of the image for a hard link. */
  readonly linkTarget: string | null;
}

/**
 * Takes a file's content piece by piece. A piece is valid only during the call. Returning `false` says that no more is
 * wanted: the rest is skipped, and `end` is still called.
 */
export interface BodySink {
  write(piece: Uint8Array): boolean;
  /** @param whole false when the archive ended before the content did. */
  end(whole: boolean): void;
}

/**
 * Cleans a path from an archive: `./a`, `/a` and `a/` are `a`; `a/../b` is `b`.
 * @returns null when it names the root itself, `'outside'` when it leaves the root, `'invalid'` when it holds a NUL.
 */
export function cleanPath(raw: string): { path: string } | null | 'outside' | 'invalid' {
  if (raw.includes('\0')) return 'invalid';
  if (!needsCleaning.test(raw)) return raw === '' ? null : { path: raw };
  const parts: string[] = [];
  for (const part of raw.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return 'outside';
  }
  return parts.length === 0 ? null : { path: parts.join('/') };
}

const needsCleaning = /^\/|\/\/|\/$|(?:^|\/)\.{1,2}(?:\/|$)/;
