/** One in about seventy names passes by chance when three thousand are in it; it takes 32 KiB. */
const bits = 1 << 18;

/** What {@link hashed} starts with. */
export const hashStart = 0;

/** The hash of a text and one more character. */
export function hashed(hash: number, character: number): number {
  return (Math.imul(hash, 31) + character) | 0;
}

/** A set of names that says of some others, too, that they are in it, and needs no text to be asked. */
export class NameFilter {
  readonly #bits = new Uint8Array(bits / 8);

  constructor(names: Iterable<string>) {
    for (const name of names) this.#add(name);
  }

  /** These names and more. */
  with(more: Iterable<string>): NameFilter {
    const both = new NameFilter(more);
    for (const [at, byte] of this.#bits.entries()) both.#bits[at] = (both.#bits[at] ?? 0) | byte;
    return both;
  }

  /** @param hash of all characters of the name, one after the other. */
  mayHave(hash: number): boolean {
    const bit = bitOf(hash);
    return ((this.#bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  #add(name: string): void {
    let hash = hashStart;
    for (let at = 0; at < name.length; at += 1) hash = hashed(hash, name.charCodeAt(at));
    const bit = bitOf(hash);
    this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
}

function bitOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (bits - 1);
}
