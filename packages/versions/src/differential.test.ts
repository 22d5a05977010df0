import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deb } from './deb.ts';
import { isParsed } from './scheme.ts';

/** Prints the lines `a operator b` that dpkg does not hold true; `?` is true of what it refuses. */
const script = `while read -r a sign b; do
  case "$sign" in '<') operator=lt ;; '=') operator=eq ;; '>') operator=gt ;; *) operator=le ;; esac
  dpkg --compare-versions "$a" "$operator" "$b"
  case "$sign$?" in '?2' | [\\<=\\>]0) ;; *) echo "$a $sign $b" ;; esac
done`;

function hasDpkg(): boolean {
  try {
    execFileSync('dpkg', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (!hasDpkg()) {
  test('there is no dpkg on the PATH: deb is held against its fixture alone', () => {
    expect(hasDpkg()).toBe(false);
  });
} else {
  test('deb agrees with the dpkg of this machine on 2,000 random pairs', { timeout: 120_000 }, () => {
    const piece = fc.constantFrom(...'0 1 2 9 00 01 10 . - + ~ : a B z _ rc ~~ +b1 -1 12345678901234567890'.split(' '));
    const first = fc.constantFrom('0', '1', '1', '1.', '0:', '1:', '01:', '2147483648:', '~', 'a');
    const version = fc.tuple(first, fc.array(piece, { maxLength: 6 })).map(([head, rest]) => head + rest.join(''));
    const near = fc
      .tuple(version, piece, fc.nat(12))
      .map(([text, change, at]) => [text, text.slice(0, at) + change + text.slice(at + 1)]);
    const pairs = fc.sample(fc.oneof(fc.tuple(version, version), near), { numRuns: 2000 });
    // An argument that begins with a hyphen would be an option.
    const lines = pairs
      .filter(([, b]) => !b?.startsWith('-'))
      .map(([a = '', b = '']) => {
        const order = deb.compare(a, b);
        return `${a} ${isParsed(order) ? ['<', '=', '>'][order + 1] : '?'} ${b}`;
      });
    const wrong = execFileSync('sh', ['-c', script], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(lines.length).toBeGreaterThan(1900);
    expect(wrong).toBe('');
  });
}
