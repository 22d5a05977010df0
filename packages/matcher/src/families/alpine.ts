import { normaliseName, type PackageIdentity } from '@soupcon/model';
import type { Family } from './family.ts';

/**
 * Alpine: the origin, and the package's own name for what is listed under that, against the rows of the branch.
 * The database has fixes only, so that nothing found does not mean that nothing is open. Edge has no rows.
 */
export const alpine: Family = {
  id: 'alpine',
  source: 'https://secdb.alpinelinux.org/',
  handles: ({ type, context }) => type === 'apk' && context.distro?.id === 'alpine',
  unmatched: (pkg) => (branchOf(pkg) === null ? 'there are no advisories for Alpine edge or an unknown branch' : null),
  queries({ name, version, source }) {
    const names = new Set([source?.name ?? name, name]);
    return [...names].map((one) => ({ ecosystem: 'Alpine', name: normaliseName('Alpine', one), version }));
  },
  applies: (pkg, ecosystem) => ecosystem === `Alpine:v${branchOf(pkg)}`,
  release: (pkg) => `Alpine ${branchOf(pkg)}`,
};

/** `3.19` of `3.19.1`; edge calls itself `3.22_alpha20250108`. */
function branchOf({ context }: PackageIdentity): string | null {
  const versionId = context.distro?.versionId ?? '';
  return /^v?(\d+\.\d+)(?:\.\d+)*$/.exec(versionId)?.[1] ?? null;
}
