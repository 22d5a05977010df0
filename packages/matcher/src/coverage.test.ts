import type { PackageIdentity } from '@soupcon/model';
import { expect, test } from 'vitest';
import { type CoverageFeed, coverageOf } from './coverage.ts';

const npm: CoverageFeed = { ecosystem: 'npm', newest: '2025-01-01T00:00:00Z', records: 2, ecosystems: ['npm'] };
const go: CoverageFeed = { ecosystem: 'Go', newest: '2026-01-01T00:00:00Z', records: 5, ecosystems: ['Go'] };
const named = (type: string): PackageIdentity => {
  return {
    type,
    namespace: null,
    name: 'a',
    version: '1',
    architecture: null,
    source: null,
    context: { distro: null },
  };
};

test('of the feeds only those count that a package asks for', () => {
  expect(coverageOf([named('npm')], [npm, go])).toEqual({ snapshot: npm.newest, records: 2, unmatched: [] });
});

test('where no package asks for any, it is as of all of them, and holds none', () => {
  expect(coverageOf([], [npm, go])).toEqual({ snapshot: go.newest, records: 0, unmatched: [] });
  expect(coverageOf([named('cargo')], [npm, go])).toMatchObject({ snapshot: go.newest, unmatched: [{ packages: 1 }] });
});
