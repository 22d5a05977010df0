export interface Property {
  readonly name: string;
  readonly value: string;
}

/** A property of ours, none when the value is null: CycloneDX has no null. */
export function property(name: string, value: string | number | boolean | null): Property[] {
  return value === null ? [] : [{ name: `soupcon:${name}`, value: String(value) }];
}

/** Gives each thing a `bom-ref` of its own: the wanted text, with a number where it is taken. */
export class References {
  readonly #taken = new Set<string>();
  /** The number to try next, by wanted text. */
  readonly #next = new Map<string, number>();

  take(wanted: string): string {
    let reference = wanted;
    let n = this.#next.get(wanted) ?? 2;
    for (; this.#taken.has(reference); n++) reference = `${wanted} (${n})`;
    this.#next.set(wanted, n);
    this.#taken.add(reference);
    return reference;
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * RFC 3339 in UTC to the second; null for what is not an instant. Foreign texts are not trusted to be one: without a
 * zone it would be read in that of the machine.
 */
export function instant(text: string | null): string | null {
  if (text === null || !rfc3339.test(text)) return null;
  const date = new Date(text);
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? `${date.toISOString().slice(0, 19)}Z` : null;
}

/** The longest version that the schema takes, in characters. */
const versionCharactersMax = 1_024;

/** A version that is too long is cut, with a mark: the purl has it whole. */
export function versionText(version: string): string {
  const characters = Array.from(version);
  return characters.length <= versionCharactersMax
    ? version
    : `${characters.slice(0, versionCharactersMax - 1).join('')}…`;
}
