/*
 * Text from images and advisories on a terminal. A package may be called anything, escape sequences included; what is
 * shown must neither move the cursor, nor colour, nor reorder, nor hide what stands beside it.
 */

/** More than any reference or sensible sentence has. */
const textUnitsMax = 500;

/** ECMA-48 control sequences, with the 7-bit and the 8-bit introducer. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be taken out
const controlSequence = /(?:\u001b\[|\u009b)[0-?]{0,32}[ -/]{0,32}[@-~]/g;
/**
 * Characters that show nothing themselves: controls, formats (bidirectional controls, the byte order mark, tags), and
 * all that Unicode says to ignore where it is not understood (joiners, variation selectors, fillers).
 */
const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/**
 * One line of text that is safe to print: control sequences and invisible characters taken out, white space joined to
 * single spaces, lone surrogates replaced, at most two marks on a letter. The first `unitsMax` code units are looked at.
 */
export function printable(text: string, { unitsMax = textUnitsMax }: { unitsMax?: number } = {}): string {
  return text
    .slice(0, unitsMax)
    .replace(controlSequence, '')
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ')
    .replace(invisible, '')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/\p{Zs}+/gu, ' ')
    .trim();
}

/**
 * Ranges that take two columns: East Asian wide and fullwidth, and pictures.
 * @see https://www.unicode.org/reports/tr11/
 */
const wide = new RegExp(
  '[\\u1100-\\u115f\\u231a\\u231b\\u2329\\u232a\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3' +
    '\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6' +
    '\\u{16fe0}-\\u{18dff}\\u{1aff0}-\\u{1b2ff}\\u{1f100}-\\u{1f64f}\\u{1f680}-\\u{1faff}\\u{20000}-\\u{3fffd}' +
    '\\p{Emoji_Presentation}]',
  'u',
);

function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  if (/^\p{M}/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Columns that printable text takes on a terminal; never less than it really does for what is known to be wide. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** At most `columns` wide; what is cut off is marked with `…`. */
export function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

/** Lines of at most `columns`, broken at spaces; a word that is longer than a line is broken anywhere. */
export function wrap(text: string, columns: number): string[] {
  const width = Math.max(2, columns); // A wide character must fit.
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => chunks(one, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function chunks(word: string, columns: number): string[] {
  if (displayWidth(word) <= columns) return [word];
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (displayWidth(part) + characterWidth(character) > columns) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}
