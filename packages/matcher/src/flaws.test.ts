import type { Advisory } from '@soupcon/model';
import { expect, test } from 'vitest';
import { groupFlaws } from './flaws.ts';
import { advisory } from './testing/samples.ts';

const record = (id: string, more: Partial<Advisory> = {}) => advisory(id, [], more);

function grouped(...advisories: Advisory[]) {
  return groupFlaws(advisories.map((one) => ({ advisory: one, rows: [], all: [] })))
    .map(({ id, aliases, matches }) => [id, aliases.join(' '), matches.map((match) => match.advisory.id).join(' ')])
    .sort();
}

test('aliases are the same flaw, both ways', () => {
  expect(
    grouped(record('GHSA-a', { aliases: ['CVE-2024-1'] }), record('PYSEC-1', { aliases: ['CVE-2024-1'] })),
  ).toEqual([['CVE-2024-1', 'GHSA-a PYSEC-1', 'GHSA-a PYSEC-1']]);
});

test('and through each other, in any order', () => {
  const chain = [
    record('GO-1', { aliases: ['GHSA-b'] }),
    record('GHSA-a', { aliases: ['CVE-2024-1'] }),
    record('GHSA-b', { aliases: ['CVE-2024-1'] }),
  ];
  const one = [['CVE-2024-1', 'GHSA-a GHSA-b GO-1', 'GHSA-a GHSA-b GO-1']];
  expect(grouped(...chain)).toEqual(one);
  expect(grouped(...chain.toReversed())).toEqual(one);
});

test('the oldest CVE names the flaw, numbers by value', () => {
  expect(grouped(record('GHSA-a', { aliases: ['CVE-2024-1000', 'CVE-2024-999'] }))).toEqual([
    ['CVE-2024-999', 'CVE-2024-1000 GHSA-a', 'GHSA-a'],
  ]);
});

test('without a CVE it is GHSA, then what the source calls it', () => {
  expect(grouped(record('MAL-1', { aliases: ['GHSA-a', 'SNYK-1'] }))).toEqual([['GHSA-a', 'MAL-1 SNYK-1', 'MAL-1']]);
  expect(grouped(record('MAL-1', { aliases: ['AAA-1'] }))).toEqual([['MAL-1', 'AAA-1', 'MAL-1']]);
});

test("a distribution's record joins the flaw it is about", () => {
  expect(
    grouped(record('DEBIAN-CVE-2024-1', { upstream: ['CVE-2024-1'] }), record('DSA-1', { upstream: ['CVE-2024-1'] })),
  ).toEqual([['CVE-2024-1', '', 'DEBIAN-CVE-2024-1 DSA-1']]);
});

test('one erratum of three flaws is three findings, and joins none of them', () => {
  const erratum = record('RHSA-2024:1', { upstream: ['CVE-2024-1', 'CVE-2024-2', 'CVE-2024-3', 'GHSA-a'] });
  expect(grouped(erratum, record('CVE-2024-2'))).toEqual([
    ['CVE-2024-1', '', 'RHSA-2024:1'],
    ['CVE-2024-2', '', 'CVE-2024-2 RHSA-2024:1'],
    ['CVE-2024-3', '', 'RHSA-2024:1'],
  ]);
});

test('an erratum for two names of one flaw is one finding', () => {
  const [first, ...more] = grouped(
    record('RHSA-1', { upstream: ['CVE-2024-1', 'CVE-2024-2'] }),
    record('GHSA-a', { aliases: ['CVE-2024-2', 'CVE-2024-1'] }),
  );
  expect([first, more]).toEqual([['CVE-2024-1', 'CVE-2024-2 GHSA-a', 'GHSA-a RHSA-1'], []]);
});

test('older data names the CVE itself, or by its prefix alone', () => {
  expect(grouped(record('CVE-2024-1'), record('UBUNTU-CVE-2024-1'))).toEqual([
    ['CVE-2024-1', '', 'CVE-2024-1 UBUNTU-CVE-2024-1'],
  ]);
});

test('an erratum that names no flaw stands for itself', () => {
  expect(grouped(record('DSA-1'), record('DLA-1', { upstream: ['GHSA-a'] }))).toEqual([
    ['DSA-1', '', 'DSA-1'],
    ['GHSA-a', '', 'DLA-1'],
  ]);
});

test('a chain of a hundred thousand names is one flaw, in time', () => {
  const chain = Array.from({ length: 100_000 }, (_, k) => record(`A-${k}`, { aliases: [`A-${k + 1}`] }));
  expect(groupFlaws(chain.map((one) => ({ advisory: one, rows: [], all: [] })))).toHaveLength(1);
});
