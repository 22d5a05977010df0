/** How a version stands to another: -1 older, 0 the same, 1 newer. */
export type Order = -1 | 0 | 1;

/** Versions that cannot be compared: a sentence with the text and what is wrong with it. Never "older" or "newer". */
export type Unparsed = { readonly unparsed: string };

/** Every order that is promised to users; `schemes` of the index lists those that exist. */
export type SchemeId =
  | 'deb'
  | 'rpm'
  | 'apk'
  | 'semver'
  | 'npm'
  | 'pypi'
  | 'maven'
  | 'gem'
  | 'nuget'
  | 'go'
  | 'composer'
  | 'hex'
  | 'alpm'
  | 'cran'
  | 'pub';

/**
 * An ecosystem's order of versions. `compare` takes any text, never throws, needs time in proportion to the text, and
 * answers the same on every machine. Versions that compare with themselves are in total order.
 */
export interface VersionScheme {
  readonly id: SchemeId;
  /** Where the order is specified. */
  readonly source: string;
  compare(a: string, b: string): Order | Unparsed;
}

/** No ecosystem has longer versions, and no reader of a version has to be proof against megabytes. */
const versionCharactersMax = 1000;

export function isParsed(result: Order | Unparsed): result is Order {
  return typeof result === 'number';
}

/**
 * Makes a scheme of a reader and an order of what was read. What the reader returns never leaves the scheme's file.
 * @param parse returns the version, or as a text the reason why it is none; it is given at most 1,000 characters.
 * @param order of two versions; `unparsed` where neither is before the other and they are not the same either.
 */
export function defineScheme<Version extends object>({
  id,
  source,
  parse,
  order,
}: {
  id: SchemeId;
  source: string;
  parse: (text: string) => Version | string;
  order: (a: Version, b: Version) => Order | Unparsed;
}): VersionScheme {
  const read = (text: string) =>
    text.length > versionCharactersMax ? `it is longer than ${versionCharactersMax} characters` : parse(text);
  const refuse = (text: string, why: string): Unparsed => ({ unparsed: `${quote(text)} is not of ${id}: ${why}` });
  return {
    id,
    source,
    compare(a, b) {
      const left = read(a);
      if (typeof left === 'string') return refuse(a, left);
      const right = read(b);
      return typeof right === 'string' ? refuse(b, right) : order(left, right);
    },
  };
}

/** A version for a message: at most 100 characters of it, on one line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
