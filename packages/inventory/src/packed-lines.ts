/** Shared characters are told by one character, kept below U+0100 so that the whole string stays one byte a character. */
const base = 0x20;
const sharedMax = 0xff - base;

/**
 * Paths of owned files as one string: each line is one character for how many characters it shares with the line
 * before, and the rest. Sorted or grouped lists shrink to about a third. Lines must not hold a newline.
 */
export function packLines(lines: Iterable<string>): string {
  const parts: string[] = [];
  let last = '';
  for (const line of lines) {
    const most = Math.min(sharedMax, last.length, line.length);
    let shared = 0;
    while (shared < most && line.charCodeAt(shared) === last.charCodeAt(shared)) shared += 1;
    parts.push(`${String.fromCharCode(base + shared)}${line.slice(shared)}\n`);
    last = line;
  }
  return parts.join('');
}

/** Reads what {@link packLines} wrote, in the same order. */
export function* unpackLines(packed: string): Generator<string> {
  let last = '';
  for (let start = 0; start < packed.length; ) {
    const end = packed.indexOf('\n', start);
    if (end === -1) return;
    last = last.slice(0, packed.charCodeAt(start) - base) + packed.slice(start + 1, end);
    yield last;
    start = end + 1;
  }
}
