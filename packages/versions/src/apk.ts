import { compareText } from '@soupcon/model';
import { orderDigits } from './digits.ts';
import { defineScheme, type Order, quote, type Unparsed } from './scheme.ts';

/**
 * What may stand at one place of a version, the oldest first: after equal beginnings `1_rc` is before `1`, `1` before
 * `1-r0`, that before `1_p`, that before `1a`, and all before `1.0`.
 */
const kinds = [
  '_alpha',
  '_beta',
  '_pre',
  '_rc',
  'void', // A number without digits, as in `1.` and `.1`, or what cannot be read.
  'end',
  'revision',
  'hash',
  'suffix number',
  '_cvs',
  '_svn',
  '_git',
  '_hg',
  '_p',
  'letter',
  'number',
] as const;

type Kind = (typeof kinds)[number];

const ranks: ReadonlyMap<Kind, number> = new Map(kinds.map((kind, rank) => [kind, rank]));

interface Token {
  readonly rank: number;
  /** What is ordered where the kinds are the same: digits, a letter, a hash or nothing. */
  readonly text: string;
  /** A number after a dot is ordered as the digits of a fraction, as a text, when either side begins with a zero. */
  readonly by: 'text' | 'value' | 'fraction';
}

interface ApkVersion {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The text from where it stops being a version, else empty. */
  readonly unread: string;
}

/**
 * `number{.number}{letter}{_suffix{number}}{~hash}{-rN}`. Source: apk-package(5); order as apk-tools 3, src/version.c.
 *
 * More is read than apk-tools 3 calls valid, because Alpine's own security data has it: a number after the letter
 * (`6.6.2p1`) and a number without digits (`4.8.0.-r1`), as apk-tools 2 reads them.
 * As in apk-tools 3 a difference before the place where a version stops being one decides, and what cannot be read is
 * older than what can. Two that stop at the same place apk-tools calls equal; here they cannot be compared.
 */
export const apk = defineScheme<ApkVersion>({
  id: 'apk',
  source: 'https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk-package.5.scd',
  parse,
  order,
});

function parse(text: string): ApkVersion | string {
  if (!/^[0-9.a-z]/.test(text)) return 'it does not begin with a number';
  const reader = new Reader(text);
  const tokens = [...readNumbers(reader), ...readSuffixes(reader)];
  const hash = reader.take(/~([0-9a-f]+)/y);
  if (hash) tokens.push(token('hash', hash[1]));
  const revision = reader.take(/-r([0-9]+|(?=-))/y);
  if (revision) tokens.push(token('revision', revision[1], 'value'));
  // Both generations of apk-tools stop at a hyphen after the revision; a second revision leaves open which one counts.
  const ignored = revision && reader.take(/-(?!r[0-9]*$).*/sy);
  tokens.push(token(ignored || reader.rest !== '' ? 'void' : 'end'));
  if (reader.rest !== '' && tokens[0]?.text === '') return 'it does not begin with a number';
  return { text, tokens, unread: reader.rest };
}

function token(kind: Kind, text = '', by: Token['by'] = 'text'): Token {
  return { rank: ranks.get(kind) ?? 0, text, by };
}

/** Numbers between dots and the letter; a number may follow the letter, and then all may go on. */
function* readNumbers(reader: Reader): Generator<Token> {
  const first = reader.take(/[0-9]+/y)?.[0];
  yield token(first ? 'number' : 'void', first, 'value');
  for (;;) {
    const component = reader.take(/\.([0-9]*)/y);
    if (component) yield token(component[1] ? 'number' : 'void', component[1], 'fraction');
    const letter = component ? null : reader.take(/([a-z])([0-9]*)/y);
    if (letter) yield token('letter', letter[1]);
    if (letter?.[2]) yield token('number', letter[2], 'value');
    if (!component && !letter?.[2]) return;
  }
}

function* readSuffixes(reader: Reader): Generator<Token> {
  for (;;) {
    const found = reader.take(/(_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z]))([0-9]*)/y);
    if (!found) return;
    yield token(found[1] as Kind);
    if (found[2]) yield token('suffix number', found[2], 'value');
  }
}

/** A text and how far it has been read. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads what the sticky pattern finds here, if anything. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  get rest(): string {
    return this.#text.slice(this.#at);
  }
}

function order(a: ApkVersion, b: ApkVersion): Order | Unparsed {
  for (const [at, left] of a.tokens.entries()) {
    const right = b.tokens[at];
    if (right === undefined) break;
    if (left.rank !== right.rank) return left.rank < right.rank ? -1 : 1;
    const decided = orderTokens(left, right);
    if (decided !== 0) return decided;
  }
  if (a.unread === '' && b.unread === '') return 0;
  const where = quote(a.unread || b.unread);
  return { unparsed: `${quote(a.text)} and ${quote(b.text)} are the same up to ${where}, which is not of apk` };
}

function orderTokens(left: Token, right: Token): Order {
  const asFraction = left.by === 'fraction' && (left.text.startsWith('0') || right.text.startsWith('0'));
  return left.by === 'text' || asFraction ? compareText(left.text, right.text) : orderDigits(left.text, right.text);
}
