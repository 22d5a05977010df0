import { compareText, ecosystemBase } from '@soupcon/model';

/**
 * Ecosystems that the public bucket has, for places that do not list theirs.
 * @see https://ossf.github.io/osv-schema/#defined-ecosystems
 */
export const knownEcosystems: readonly string[] = [
  'AlmaLinux',
  'Alpaquita',
  'Alpine',
  'Android',
  'Azure Linux',
  'BellSoft Hardened Containers',
  'Bioconductor',
  'Bitnami',
  'CRAN',
  'Chainguard',
  'Debian',
  'GHC',
  'GitHub Actions',
  'Go',
  'Hackage',
  'Hex',
  'Kubernetes',
  'Linux',
  'Mageia',
  'Maven',
  'MinimOS',
  'NuGet',
  'OSS-Fuzz',
  'Packagist',
  'Photon OS',
  'Pub',
  'PyPI',
  'Red Hat',
  'Rocky Linux',
  'RubyGems',
  'SUSE',
  'SwiftURL',
  'Ubuntu',
  'VSCode',
  'Wolfi',
  'crates.io',
  'npm',
  'openEuler',
  'openSUSE',
];

/** Names of directories that an ecosystem can have, without a release. */
export const ecosystemPattern = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;

/**
 * The ecosystems of `ecosystems.txt`, which lists each release, too. Not `GIT`: ranges of commits say nothing about
 * packages; nor what no ecosystem is called.
 */
export function ecosystemsListed(text: string): string[] {
  const bases = text.split(/\r?\n/).map((line) => ecosystemBase(line.trim()));
  return [...new Set(bases)].filter((base) => ecosystemPattern.test(base) && base !== 'GIT').sort(compareText);
}
