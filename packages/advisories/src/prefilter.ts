/**
 * Whether the text of an OSV record can name a package that is wanted, without parsing it: most records of a data set
 * concern no package of the scan, and parsing all costs several times what reading them does.
 *
 * Exact in its effect, never a miss: in JSON a key stands only between unescaped quotes, so every `"name": "..."` is
 * seen; a name with an escape is decoded first; a text whose keys may be spelled with escapes, or that names nothing at
 * all, is left to the parser. What it lets through too much, the parser sorts out.
 * @param isWanted asked with a name as the record has it.
 */
export function mayName(text: string, isWanted: (name: string) => boolean): boolean {
  if (escapedLetter.test(text)) return true;
  let named = false;
  for (const [, raw = ''] of text.matchAll(/"name"\s*:\s*"((?:[^"\\]|\\.)*)"/g)) {
    named = true;
    if (isWanted(raw.includes('\\') ? decode(raw) : raw)) return true;
  }
  return !named;
}

/** A letter of `name` written as an escape. */
const escapedLetter = /\\u006[15de]/i;

function decode(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}
