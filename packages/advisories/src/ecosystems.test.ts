import { expect, test } from 'vitest';
import { ecosystemsListed, knownEcosystems } from './ecosystems.ts';

test('releases are told as their ecosystem, once each; commits and what has no name are left out', () => {
  const text = 'npm\nDebian:11\nDebian:12\r\nGIT\n\n../etc\n[EMPTY]\nAlpine:v3.20\nDebian\n';
  expect(ecosystemsListed(text)).toEqual(['Alpine', 'Debian', 'npm']);
});

test('those that are known are named as a list of them would be', () => {
  expect(ecosystemsListed(knownEcosystems.join('\n'))).toEqual(knownEcosystems);
});
