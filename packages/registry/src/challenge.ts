/** One challenge of a `WWW-Authenticate` header; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

const headerCharactersMax = 16 * 1024;

/**
 * Reads the challenges of one or more header values: several in one value are told apart, quoted texts may hold commas
 * and escaped quotes. What cannot be read is passed over; this never fails.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(values: readonly string[]): Challenge[] {
  return values.flatMap((value) => parseOne(value.slice(0, headerCharactersMax)));
}

/** A scheme, `name=value` with the value quoted or not, a token68, or the comma between; sticky, so linear. */
const pieces =
  /\s*(?:(,)|([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:/-]+))|([\w!#$%&'*+.^`|~/-]+=*))/y;

function parseOne(value: string): Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  pieces.lastIndex = 0;
  let fresh = true;
  for (let match = pieces.exec(value); match !== null; match = pieces.exec(value)) {
    const [, comma, name, quoted, bare, word] = match;
    const current = challenges.at(-1);
    if (comma !== undefined) fresh = true;
    else if (name !== undefined) {
      const text = quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1');
      // The first value counts: a repeated one could be smuggled in behind it.
      if (current !== undefined && !current.params.has(name.toLowerCase()))
        current.params.set(name.toLowerCase(), text);
      fresh = false;
    } else if (word !== undefined) {
      // A word behind a scheme is its token68, which no scheme here uses.
      if (fresh) challenges.push({ scheme: word.toLowerCase(), params: new Map() });
      fresh = false;
    }
  }
  return challenges;
}
