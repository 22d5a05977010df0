import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatReference, parseReference } from './reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['alpine', 'docker.io/library/alpine:latest'],
  ['alpine:3.20', 'docker.io/library/alpine:3.20'],
  ['grafana/grafana', 'docker.io/grafana/grafana:latest'],
  ['docker.io/alpine', 'docker.io/library/alpine:latest'],
  ['index.docker.io/library/alpine', 'docker.io/library/alpine:latest'],
  ['example.com', 'docker.io/library/example.com:latest'],
  ['localhost/a', 'localhost/a:latest'],
  ['localhost:5000/a/b:1', 'localhost:5000/a/b:1'],
  ['registry:5000/a', 'registry:5000/a:latest'],
  ['Registry/a', 'Registry/a:latest'],
  ['[::1]:5000/a', '[::1]:5000/a:latest'],
  ['ghcr.io/a/b__c/d-e.f', 'ghcr.io/a/b__c/d-e.f:latest'],
  [`alpine@${digest}`, `docker.io/library/alpine@${digest}`],
  [`alpine:3.20@${digest}`, `docker.io/library/alpine@${digest}`],
])('%s is %s', (text, full) => {
  expect(formatReference(parseReference(text))).toBe(full);
});

test.each([
  ['', 'not a path'],
  ['a'.repeat(64), 'bare image id'],
  ['Alpine', 'lower case'],
  ['ghcr.io/Owner/name', 'lower case'],
  ['ghcr.io/', 'not a path'],
  ['a//b', 'not a path'],
  ['/a', 'not a path'],
  ['a:', 'the tag'],
  ['a:-x', 'the tag'],
  [`a:${'x'.repeat(129)}`, 'the tag'],
  ['a@sha256:abc', 'no sha256 digest'],
  [`a@sha512:${'a'.repeat(128)}`, 'no sha256 digest'],
  ['a..b/c', 'host name'],
  ['host:port/a', 'host name'],
  ['https://ghcr.io/a', 'host name'],
  ['user@host/a', 'no sha256 digest'],
  ['../../etc', 'host name'],
  ['localhost:99999/a', 'host name'],
  ['1.2.3.4.5/a', 'host name'],
  ['256.1.1.1/a', 'host name'],
  ['[:::]/a', 'host name'],
  ['a b', 'not a path'],
  [`ghcr.io/${'a'.repeat(250)}`, 'longer than 255'],
  ['a\n', 'not a path'],
])('%j is refused: %s', (text, why) => {
  expect(() => parseReference(text)).toThrow(why);
});

test('what is printed is read back the same', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/);
  const registry = fc.oneof(
    fc.constantFrom('docker.io', 'localhost', 'ghcr.io', '[::1]:5000', 'HOST'),
    fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z][a-z0-9]{0,3}){1,2}(:[1-5][0-9]{0,4})?$/),
  );
  const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,12}$/);
  fc.assert(
    fc.property(
      registry,
      fc.array(word, { minLength: 1, maxLength: 3 }),
      tag,
      fc.boolean(),
      (host, words, name, pinned) => {
        const path = host === 'docker.io' && words.length === 1 ? ['library', ...words] : words;
        const reference = parseReference(`${host}/${path.join('/')}${pinned ? `@${digest}` : `:${name}`}`);
        expect(reference).toEqual({
          registry: host,
          repository: path.join('/'),
          tag: pinned ? null : name,
          digest: pinned ? digest : null,
        });
        expect(parseReference(formatReference(reference))).toEqual(reference);
      },
    ),
  );
});

test('no text makes the parser fail otherwise than by name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      try {
        expect(parseReference(formatReference(parseReference(text)))).toEqual(parseReference(text));
      } catch (error) {
        expect(error).toMatchObject({ code: 'reference_malformed' });
      }
    }),
  );
});
