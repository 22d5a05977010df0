import { normaliseName, type PackageIdentity } from '@soupcon/model';
import type { Family } from './family.ts';
import { isKernelHeaders } from './kernel.ts';

/**
 * Debian: the source package's name and version against the rows of the release. Derivatives have other versions and
 * their own advisories or none; they are not Debian. Testing and unstable have no rows of their own.
 */
export const debian: Family = {
  id: 'debian',
  source: 'https://security-tracker.debian.org/',
  handles: ({ type, context }) => type === 'deb' && context.distro?.id === 'debian',
  unmatched: (pkg) =>
    releaseOf(pkg) === null ? 'there are no advisories for Debian testing, unstable or an unknown release' : null,
  queries(pkg) {
    const { name, version } = sourceOf(pkg);
    return [{ ecosystem: 'Debian', name: normaliseName('Debian', name), version: withoutBinaryRebuild(version) }];
  },
  applies: (pkg, ecosystem) => ecosystem.split(':')[1] === releaseOf(pkg),
  release: (pkg) => `Debian ${releaseOf(pkg)}`,
  isKernelHeaders,
};

/** The source package; a package without one is built from the source of its own name and version. */
export function sourceOf({ source, name, version }: PackageIdentity): {
  readonly name: string;
  readonly version: string;
} {
  return source ?? { name, version };
}

/** A rebuild without a change of the source puts `+bN` behind the binary's version alone; no source version ends in it. */
function withoutBinaryRebuild(version: string): string {
  return version.replace(/\+b\d+$/, '');
}

const codenames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    lenny: '5',
    squeeze: '6',
    wheezy: '7',
    jessie: '8',
    stretch: '9',
    buster: '10',
    bullseye: '11',
    bookworm: '12',
    trixie: '13',
    forky: '14',
    duke: '15',
  }),
);

/** The major version, from VERSION_ID (`12`, `12.5`) or the codename; images of a release in the making have only that. */
function releaseOf({ context }: PackageIdentity): string | null {
  const { versionId = null, versionCodename = null } = context.distro ?? {};
  const major = /^\d+/.exec(versionId ?? '')?.[0];
  return major ?? codenames.get(versionId ?? '') ?? codenames.get(versionCodename ?? '') ?? null;
}
