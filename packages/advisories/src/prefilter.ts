/*
 * What the text of an OSV record can hold, without parsing it: most records of a data set concern no package of the scan,
 * and parsing all costs several times what reading them does.
 *
 * Exact in their effect, never a miss: in JSON a key stands only between unescaped quotes, so every `"name": "..."` is
 * seen; a value with an escape is decoded first; a text whose keys may be spelled with escapes is left to the parser.
 * What is let through too much, the parser sorts out.
 */

/**
 * Whether a record can name a package that is wanted. One that names nothing at all is the parser's to judge.
 * @param isWanted asked with a name as the record has it.
 */
export function mayName(text: string, isWanted: (name: string) => boolean): boolean {
  return hasEscapedLetter(text) || (someValue(text, '"name"', isWanted) ?? true);
}

/**
 * Whether a record can be for an ecosystem that is wanted.
 * @param isWanted asked with a full ecosystem text as the record has it.
 */
export function mayBeFor(text: string, isWanted: (ecosystem: string) => boolean): boolean {
  return hasEscapedLetter(text) || (someValue(text, '"ecosystem"', isWanted) ?? false);
}

/** Whether a letter of `name` or `ecosystem` is written as an escape, which nobody does who is not up to something. */
function hasEscapedLetter(text: string): boolean {
  return text.includes('\\u00') && /\\u00(?:6[135def]|7[349])/i.test(text);
}

/** Whether a text that stands behind a key is one asked for; null when none stands there. */
function someValue(text: string, quotedKey: string, isAskedFor: (value: string) => boolean): boolean | null {
  const opening = /\s*:\s*"/y;
  let found: false | null = null;
  for (let at = text.indexOf(quotedKey); at !== -1; at = text.indexOf(quotedKey, at)) {
    at += quotedKey.length;
    opening.lastIndex = at;
    if (!opening.test(text)) continue;
    const end = endOfString(text, opening.lastIndex);
    if (end === -1) continue;
    const raw = text.slice(opening.lastIndex, end);
    found = false;
    if (isAskedFor(raw.includes('\\') ? decode(raw) : raw)) return true;
  }
  return found;
}

/**
 * Where the quote stands that ends a string, -1 when none does. By hand, because a pattern with a choice in its loop
 * overflows the stack on a string of some megabytes.
 */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (before > start && text.charAt(before - 1) === '\\') before--;
    if ((at - before) % 2 === 0) return at;
  }
  return -1;
}

function decode(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}
