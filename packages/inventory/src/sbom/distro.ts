import type { MatchContext } from '@soupcon/model';

export type ContextDistro = NonNullable<MatchContext['distro']>;

/** Releases by codename, for tools that name them so. @see https://wiki.debian.org/DebianReleases, https://wiki.ubuntu.com/Releases */
const codenames: Readonly<Record<string, readonly [id: string, versionId: string]>> = {
  wheezy: ['debian', '7'],
  jessie: ['debian', '8'],
  stretch: ['debian', '9'],
  buster: ['debian', '10'],
  bullseye: ['debian', '11'],
  bookworm: ['debian', '12'],
  trixie: ['debian', '13'],
  forky: ['debian', '14'],
  trusty: ['ubuntu', '14.04'],
  xenial: ['ubuntu', '16.04'],
  bionic: ['ubuntu', '18.04'],
  focal: ['ubuntu', '20.04'],
  jammy: ['ubuntu', '22.04'],
  noble: ['ubuntu', '24.04'],
  oracular: ['ubuntu', '24.10'],
  plucky: ['ubuntu', '25.04'],
  questing: ['ubuntu', '25.10'],
};

/** What purls and tools call distributions, by the id of os-release. */
const ids: Readonly<Record<string, string>> = {
  redhat: 'rhel',
  alma: 'almalinux',
  oracle: 'ol',
  oraclelinux: 'ol',
  amazon: 'amzn',
  suse: 'sles',
  'azure linux': 'azurelinux',
  mariner: 'mariner',
};

/** The os-release id for a namespace, a component's name or the start of a qualifier. */
export function distroId(word: string): string {
  const lower = word.toLowerCase();
  return ids[lower] ?? lower;
}

/**
 * Reads a `distro` qualifier in any of the forms in use: `debian-12`, `debian-12.4`, `opensuse-leap-15.5`, `3.19.1`,
 * `bookworm`. A bare version or codename is of the distribution that the namespace names.
 */
export function parseDistro(qualifier: string, namespace: string | null): ContextDistro {
  const home = namespace === null ? null : distroId(namespace);
  const [, name, version] = /^(.*?)-?(v?\d.*)?$/s.exec(qualifier) ?? [];
  const word = name ?? '';
  const named = codenames[word.toLowerCase()];
  if (version === undefined && named !== undefined) return release(home ?? named[0], named[1], word.toLowerCase());
  const dashed = /^([a-z]+)-([a-z]+)$/i.exec(word);
  const known = dashed?.[2] === undefined ? undefined : codenames[dashed[2].toLowerCase()];
  if (version === undefined && dashed?.[1] && known) return release(distroId(dashed[1]), known[1], dashed[2] ?? null);
  if (word === '') return release(home ?? 'linux', version ?? null, null);
  if (version === undefined && home !== null && distroId(word) !== home) {
    // A codename that is not in the table: `debian-sid`, `sid`.
    return release(home, null, word.startsWith(`${home}-`) ? word.slice(home.length + 1) : word);
  }
  return release(distroId(word), version ?? null, null);
}

/** Debian's releases are their first number; a point release is the same release. */
export function release(id: string, version: string | null, codename: string | null): ContextDistro {
  const plain = version?.replace(/^v/, '') ?? null;
  const versionId = id === 'debian' && plain !== null ? (/^\d+/.exec(plain)?.[0] ?? plain) : plain;
  return { id, versionId, versionCodename: codename };
}
