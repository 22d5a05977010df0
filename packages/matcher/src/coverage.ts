import type { AdvisorySnapshot, PackageIdentity, Unmatched } from '@soupcon/model';
import { advisoryKeys } from './match.ts';
import { unmatchedPackages } from './unmatched.ts';

/** What is known of one source of advisories. */
export interface CoverageFeed {
  /** Without its release. */
  readonly ecosystem: string;
  /** The newest change of any record, RFC 3339 UTC to the second. */
  readonly newest: string;
  readonly records: number;
  /** Full texts (`Debian:12`) that its records are about. */
  readonly ecosystems: readonly string[];
}

export interface Coverage extends AdvisorySnapshot {
  readonly unmatched: readonly Unmatched[];
}

/**
 * What packages were held against, of the feeds that they ask for: what another ecosystem has changed says nothing about
 * them. As of all feeds, where they ask for none, as a directory of the same records tells it.
 */
export function coverageOf(packages: readonly PackageIdentity[], feeds: readonly CoverageFeed[]): Coverage {
  const wanted = new Set(packages.flatMap((one) => advisoryKeys(one).map(({ ecosystem }) => ecosystem)));
  const asked = feeds.filter(({ ecosystem }) => wanted.has(ecosystem));
  const newest = (asked.length > 0 ? asked : feeds).map((feed) => feed.newest).sort();
  const ecosystems = (base: string) =>
    new Set(asked.filter(({ ecosystem }) => ecosystem === base).flatMap((feed) => feed.ecosystems));
  return {
    snapshot: newest.at(-1) ?? '1970-01-01T00:00:00Z',
    records: asked.reduce((sum, { records }) => sum + records, 0),
    unmatched: unmatchedPackages(packages, { ecosystems }),
  };
}
