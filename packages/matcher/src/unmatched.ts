import { type AdvisoryIndex, byKeys, type PackageIdentity, type Unmatched } from '@soupcon/model';
import type { Family } from './families/family.ts';
import { familyOf } from './families/index.ts';

/** What of the data tells whether it has anything for a package. */
type Ecosystems = Pick<AdvisoryIndex, 'ecosystems'>;

/**
 * Why no advisory can be held against this package, in words that end a sentence; null when some can. No findings for one
 * that has a reason say nothing: there are no rules for it, or the data has no row for its release.
 */
export function unmatchedReason(pkg: PackageIdentity, index: Ecosystems): string | null {
  const family = familyOf(pkg);
  if (family !== null) return family.unmatched(pkg) ?? lackOf(family, pkg, index);
  const { distro } = pkg.context;
  if (distro !== null) return `there are no advisories for ${pkg.type} packages of ${distro.id}`;
  if (['deb', 'apk', 'rpm'].includes(pkg.type)) return 'it is not known which distribution it is of';
  return `there are no advisories for packages of the type ${pkg.type}`;
}

/** What the data has nothing of, that this package would need. */
function lackOf(family: Family, pkg: PackageIdentity, index: Ecosystems): string | null {
  const bases = [...new Set(family.queries(pkg).map(({ ecosystem }) => ecosystem))];
  const given = bases.flatMap((base) => [...index.ecosystems(base)]);
  if (given.length === 0) return `this set of advisories has no ${bases.join(' or ')} at all`;
  if (given.some((ecosystem) => family.applies(pkg, ecosystem))) return null;
  return `this set of advisories has nothing for ${family.release(pkg)}`;
}

/** How many packages are not matched for each {@link unmatchedReason}, sorted by it. */
export function unmatchedPackages(packages: readonly PackageIdentity[], index: Ecosystems): Unmatched[] {
  const counts = new Map<string, number>();
  for (const one of packages) {
    const reason = unmatchedReason(one, index);
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ reason, packages: count })).sort(byKeys(({ reason }) => reason));
}
