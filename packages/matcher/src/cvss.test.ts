import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { scoreVector, severityOfScore } from './cvss.ts';

// Vectors and scores from the examples of the specifications and the calculators at first.org.
test.each([
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 'CVSSv4', 9.3, 'critical'],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P', 'CVSSv4', 8.9, 'high'],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 'CVSSv31', 9.8, 'critical'],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U', 'CVSSv31', 9.8, 'critical'],
  ['CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N', 'CVSSv31', 2.5, 'low'],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 'CVSSv31', 0, 'negligible'],
  ['CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H', 'CVSSv3', 8.1, 'high'],
  ['AV:N/AC:L/Au:N/C:P/I:P/A:P', 'CVSSv2', 7.5, 'high'],
  ['(AV:N/AC:L/Au:N/C:P/I:P/A:P)', 'CVSSv2', 7.5, 'high'],
  [' CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\n', 'CVSSv31', 9.8, 'critical'],
  ['CVSS:3.1/AV:N/AC:L', 'CVSSv31', null, 'unknown'],
  ['CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 'CVSSv31', null, 'unknown'],
  ['CVSS:4.0/', 'CVSSv4', null, 'unknown'],
])('%s', (vector, method, score, severity) => {
  expect(scoreVector(vector)).toEqual({ method, score, severity });
});

test.each(['', '7.5', 'high', 'CVSS:9.9/AV:N', 'CVSS:3.1'])('%j is no vector', (text) => {
  expect(scoreVector(text)).toBeNull();
});

test('no text makes it throw, or print', () => {
  const printed = ['warn', 'error', 'log'].map((name) => vi.spyOn(console, name as 'warn'));
  const prefix = fc.constantFrom('', 'CVSS:4.0/', 'CVSS:3.1/', 'CVSS:3.0/', 'AV:N/AC:L/Au:N/');
  const part = fc.oneof(fc.constantFrom('AV:N', 'AC:L', 'PR:N', 'VC:H', '__proto__:x', 'C:', ':', '//'), fc.string());
  fc.assert(
    fc.property(prefix, fc.array(part), (start, parts) => {
      scoreVector(start + parts.join('/'));
    }),
  );
  for (const spy of printed) expect(spy).not.toHaveBeenCalled();
});

test.each([
  [10, 'critical'],
  [9, 'critical'],
  [8.9, 'high'],
  [7, 'high'],
  [6.9, 'medium'],
  [4, 'medium'],
  [3.9, 'low'],
  [0.1, 'low'],
  [0, 'negligible'],
])('the score %d is %s', (score, severity) => {
  expect(severityOfScore(score)).toBe(severity);
});
