import { AppError } from './errors.ts';
import { compareText } from './order.ts';

/** A package URL in parts, decoded. `namespace` has its segments joined by `/`. */
export interface Purl {
  readonly type: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly version: string | null;
  readonly qualifiers: Readonly<Record<string, string>>;
  readonly subpath: string | null;
}

/**
 * Percent-encodes all but letters, digits, `.`, `-`, `_`, `~` and the colon, which the canonical form keeps.
 * (The npm library for purls leaves `+` as it is, which the specification's own deb test forbids, so we encode.)
 * @see https://github.com/package-url/purl-spec/blob/main/docs/specification/standard/specification.md
 */
function encode(text: string): string {
  if (plain.test(text)) return text;
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}

/** What encoding leaves as it is, as nearly all names and versions are. */
const plain = /^[\w.~:-]*$/;

function encodePath(path: string): string {
  return plain.test(path) ? path : path.split('/').filter(Boolean).map(encode).join('/');
}

/** The canonical text: qualifiers sorted by key, empty ones left out. */
export function formatPurl({
  type,
  namespace = null,
  name,
  version = null,
  qualifiers = {},
  subpath = null,
}: Partial<Purl> & Pick<Purl, 'type' | 'name'>): string {
  const before = namespace ? `${encodePath(namespace)}/` : '';
  const after = `${version ? `@${encode(version)}` : ''}${queryOf(qualifiers)}${subpath ? `#${encodePath(subpath)}` : ''}`;
  return `pkg:${type.toLowerCase()}/${before}${encode(name)}${after}`;
}

/** With its question mark; '' where no qualifier has a value. */
function queryOf(qualifiers: Purl['qualifiers']): string {
  const keys = Object.keys(qualifiers);
  if (keys.length > 1) keys.sort((a, b) => compareText(a.toLowerCase(), b.toLowerCase()));
  let text = '';
  for (const key of keys) {
    const value = qualifiers[key] ?? '';
    if (value !== '') text += `${text === '' ? '?' : '&'}${key.toLowerCase()}=${encode(value)}`;
  }
  return text;
}

/**
 * Reads a purl, canonical or not: `%3A` and `:`, a leading `//`, a version with unencoded `@`-free text are all taken.
 * @throws {AppError} `purl_malformed`.
 */
export function parsePurl(text: string): Purl {
  const fail = () => new AppError('purl_malformed', { subject: JSON.stringify(text.slice(0, 200)) });
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw fail();
    }
  };
  if (!/^pkg:/i.test(text)) throw fail();
  let rest = text.slice(4).replace(/^\/+/, '');
  const cut = (separator: string, last: boolean): string | null => {
    const at = last ? rest.lastIndexOf(separator) : rest.indexOf(separator);
    if (at === -1) return null;
    const tail = rest.slice(at + 1);
    rest = rest.slice(0, at);
    return tail;
  };
  const subpath = cut('#', true);
  const query = cut('?', false);
  const slash = rest.indexOf('/');
  if (slash === -1) throw fail();
  const type = rest.slice(0, slash).toLowerCase();
  if (!/^[a-z][a-z0-9.+-]*$/.test(type)) throw fail();
  rest = rest.slice(slash + 1);
  // An unencoded npm scope begins with `@`: only an `@` after the last slash starts a version.
  const at = rest.lastIndexOf('@');
  const version = at > rest.lastIndexOf('/') + 0 && at > 0 ? decode(rest.slice(at + 1)) : null;
  if (version !== null) rest = rest.slice(0, at);
  const segments = rest.split('/').filter(Boolean).map(decode);
  const name = segments.pop();
  if (!name) throw fail();
  const qualifiers: Record<string, string> = {};
  for (const pair of (query ?? '').split('&').filter(Boolean)) {
    const equals = pair.indexOf('=');
    if (equals <= 0) throw fail();
    const value = decode(pair.slice(equals + 1));
    if (value !== '') qualifiers[pair.slice(0, equals).toLowerCase()] = value;
  }
  return {
    type,
    namespace: segments.length > 0 ? segments.join('/') : null,
    name,
    version: version === '' ? null : version,
    qualifiers,
    subpath: subpath === null ? null : decode(subpath),
  };
}
