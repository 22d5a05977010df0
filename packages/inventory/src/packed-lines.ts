/** Shared characters are told by one character, kept below U+0100 so that the whole string stays one byte a character. */
const base = 0x20;
const sharedMax = 0xff - base;

/** Lines that are joined at a time, so that a list of millions is never millions of strings. */
const batch = 4096;

/**
 * Paths of owned files as one string: each line is one character for how many characters it shares with the line
 * before, and the rest. Sorted or grouped lists shrink to about a third. Lines must not hold a newline.
 */
export class LinePacker {
  readonly #packed: string[] = [];
  #parts: string[] = [];
  #last = '';

  add(line: string): void {
    const most = Math.min(sharedMax, this.#last.length, line.length);
    let shared = 0;
    while (shared < most && line.charCodeAt(shared) === this.#last.charCodeAt(shared)) shared += 1;
    this.#parts.push(String.fromCharCode(base + shared), line.slice(shared), '\n');
    this.#last = line;
    if (this.#parts.length >= 3 * batch) this.#join();
  }

  finish(): string {
    this.#join();
    return this.#packed.join('');
  }

  #join(): void {
    this.#packed.push(this.#parts.join(''));
    this.#parts = [];
  }
}

/** All lines at once. */
export function packLines(lines: Iterable<string>): string {
  const packer = new LinePacker();
  for (const line of lines) packer.add(line);
  return packer.finish();
}

/** Reads what {@link LinePacker} wrote, in the same order. */
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
