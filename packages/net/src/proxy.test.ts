import { expect, test } from 'vitest';
import { bypassesProxy } from './proxy.ts';

test.each([
  ['example.com', 'https://example.com/', true],
  ['example.com', 'https://a.example.com/', true],
  ['example.com', 'https://notexample.com/', false],
  ['.example.com', 'https://example.com/', false],
  ['.example.com', 'https://a.example.com/', true],
  ['*.example.com', 'https://a.example.com/', true],
  ['*', 'https://anything/', true],
  ['example.com:8443', 'https://example.com/', false],
  ['example.com:443', 'https://example.com/', true],
  ['a, b  c', 'http://c/', true],
  ['10.0.0.0/8', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://11.1.2.3/', false],
  ['127.0.0.1', 'http://127.0.0.1:5000/', true],
  ['::1', 'http://[::1]:5000/', true],
  ['', 'http://a/', false],
  [',.,', 'http://a/', false],
])('with %j, %s goes directly: %s', (list, url, expected) => {
  expect(bypassesProxy(new URL(url), list)).toBe(expected);
});
