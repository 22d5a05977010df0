/**
 * A package's name as advisories of an ecosystem are looked up by it: both sides of a comparison go through here.
 * Ecosystems that are not listed compare exactly, Maven's `group:artifact`, Go's paths and npm's scopes among them.
 * @param ecosystem without its release: `PyPI`, `Debian`.
 * @see https://packaging.python.org/en/latest/specifications/name-normalization/
 */
export function normaliseName(ecosystem: string, name: string): string {
  switch (ecosystem) {
    case 'PyPI':
      return name.toLowerCase().replace(/[-_.]+/g, '-');
    case 'NuGet':
    case 'Packagist':
    case 'GitHub Actions':
      return name.toLowerCase();
    default:
      return name;
  }
}

/** Ids of version schemes by ecosystem; what is missing here is compared literally until its scheme is written. */
const ecosystemSchemes: Readonly<Record<string, string>> = {
  AlmaLinux: 'rpm',
  Alpaquita: 'apk',
  Alpine: 'apk',
  'Azure Linux': 'rpm',
  'BellSoft Hardened Containers': 'apk',
  CRAN: 'cran',
  Chainguard: 'apk',
  Debian: 'deb',
  Go: 'go',
  Hex: 'hex',
  Mageia: 'rpm',
  Maven: 'maven',
  MinimOS: 'apk',
  NuGet: 'nuget',
  Packagist: 'composer',
  Pub: 'pub',
  PyPI: 'pypi',
  'Red Hat': 'rpm',
  'Rocky Linux': 'rpm',
  RubyGems: 'gem',
  SUSE: 'rpm',
  Ubuntu: 'deb',
  Wolfi: 'apk',
  'crates.io': 'semver',
  npm: 'npm',
  openEuler: 'rpm',
  openSUSE: 'rpm',
};

/**
 * The scheme that orders the events of a range: SemVer for `SEMVER`, the ecosystem's own for `ECOSYSTEM`.
 * @param ecosystem without its release.
 * @returns a scheme id, or null where no order is known; the scheme itself need not exist yet.
 * @see https://ossf.github.io/osv-schema/#affectedrangestype-field
 */
export function rangeScheme(ecosystem: string, type: 'SEMVER' | 'ECOSYSTEM'): string | null {
  if (type === 'SEMVER') return 'semver';
  return (Object.hasOwn(ecosystemSchemes, ecosystem) ? ecosystemSchemes[ecosystem] : null) ?? null;
}
