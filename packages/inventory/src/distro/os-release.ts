import { linesOf } from '../text.ts';

const keysMax = 100;
const valueMax = 500;

/**
 * The assignments of an os-release or lsb-release file: `KEY=value`, bare, in single or in double quotes.
 * @see https://www.freedesktop.org/software/systemd/man/latest/os-release.html
 */
export function parseAssignments(text: string): Record<string, string> {
  const fields = new Map<string, string>();
  for (const line of linesOf(text)) {
    const match = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/s.exec(line.slice(0, 4 * valueMax));
    const [, key, value] = match ?? [];
    if (key !== undefined && value !== undefined && fields.size < keysMax) fields.set(key, unquote(value.trim()));
  }
  return Object.fromEntries(fields);
}

/** As a shell would read one word: nothing is special in single quotes, `\` escapes elsewhere. */
function unquote(raw: string): string {
  const quote = raw.charAt(0);
  if (quote === "'") return raw.slice(1, closing(raw, quote)).slice(0, valueMax);
  const inner = quote === '"' ? raw.slice(1, closing(raw, quote)) : raw.replace(/\s#.*$/s, '');
  return inner.replace(/\\([\\"'$`])/g, '$1').slice(0, valueMax);
}

function closing(raw: string, quote: string): number {
  for (let at = 1; at < raw.length; at += 1) {
    if (raw[at] === '\\' && quote === '"') at += 1;
    else if (raw[at] === quote) return at;
  }
  return raw.length;
}
