import { expect, test } from 'vitest';
import { formatPurl, parsePurl } from './purl.ts';

test("the specification's deb example prints canonically: the colon stays, the plus is encoded", () => {
  const purl = {
    type: 'deb',
    namespace: 'debian',
    name: 'attr',
    version: '1:2.4.47-2+b1',
    qualifiers: { arch: 'amd64' },
  };
  expect(formatPurl(purl)).toBe('pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64');
});

test('both spellings of a colon are the same version', () => {
  expect(parsePurl('pkg:deb/debian/a@1%3A2')).toEqual(parsePurl('pkg:deb/debian/a@1:2'));
});

test('an npm scope is read encoded and as it is', () => {
  expect(parsePurl('pkg:npm/%40angular/core@1.0.0')).toMatchObject({
    namespace: '@angular',
    name: 'core',
    version: '1.0.0',
  });
  expect(parsePurl('pkg:npm/@angular/core@1.0.0')).toMatchObject({
    namespace: '@angular',
    name: 'core',
    version: '1.0.0',
  });
  expect(parsePurl('pkg:npm/@angular/core')).toMatchObject({ namespace: '@angular', name: 'core', version: null });
});

test('qualifiers are sorted and empty ones dropped', () => {
  expect(formatPurl({ type: 'rpm', name: 'a', qualifiers: { epoch: '1', arch: 'x', distro: '' } })).toBe(
    'pkg:rpm/a?arch=x&epoch=1',
  );
  expect(formatPurl({ type: 'rpm', name: 'a', qualifiers: { 'a-b': '1', A: '2' } })).toBe('pkg:rpm/a?a=2&a-b=1');
});

test.each(['', 'pkg:', 'pkg:npm', 'pkg:npm/', 'npm/a@1', 'pkg:npm/a%ZZ@1', 'pkg:1/a'])(
  '%j is refused by name',
  (text) => {
    expect(() => parsePurl(text)).toThrow('Not a package URL');
  },
);

test('what is printed is read back', () => {
  const text = 'pkg:apk/alpine/libcrypto3@3.1.4-r0?arch=x86_64&distro=alpine-3.18.4&upstream=openssl#a/b';
  expect(formatPurl(parsePurl(text))).toBe(text);
});
