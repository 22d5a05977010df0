import type { Distro } from '@soupcon/model';
import { below } from '../text.ts';
import type { ReleaseFacts, ReleaseView } from './facts.ts';

/**
 * Which distribution the root file system at `root` is, by the first of these files that says so: os-release, then
 * what distributions wrote before it existed. Links are followed inside the image.
 * `lsb-release` goes before `debian_version`, because Ubuntu has both and its `debian_version` names a Debian release.
 */
export function resolveDistro(view: ReleaseView, root: string): Distro | null {
  const look = (path: string): ReleaseFacts | null => {
    const found = view.lookup(below(root, path));
    return found === null || found === 'broken' ? null : found.facts;
  };
  for (const [path, read] of sources) {
    const facts = look(path);
    const distro = facts === null ? null : read(facts);
    if (distro !== null) return completed(distro, look);
  }
  return null;
}

type Look = (path: string) => ReleaseFacts | null;

const sources: readonly (readonly [path: string, read: (facts: ReleaseFacts) => Distro | null])[] = [
  ['etc/os-release', fromOsRelease],
  ['usr/lib/os-release', fromOsRelease],
  ['etc/system-release-cpe', fromCpe],
  ['etc/redhat-release', fromReleaseLine],
  ['etc/alpine-release', ({ line }) => (/^\d+\.\d+/.test(line) ? distroOf('alpine', { versionId: line }) : null)],
  ['etc/lsb-release', fromLsbRelease],
  ['etc/debian_version', ({ line }) => distroOf('debian', debianRelease(line))],
  ['etc/system-release', fromReleaseLine],
  ['etc/apk/repositories', fromRepositories],
];

const nothing: Omit<Distro, 'id'> = {
  idLike: [],
  versionId: null,
  versionCodename: null,
  prettyName: null,
  name: null,
  cpeName: null,
  variantId: null,
  buildId: null,
  supportEnd: null,
};

function distroOf(id: string, fields: Partial<Distro> = {}): Distro {
  return { ...nothing, ...fields, id };
}

/** An id of os-release, which has lower-case letters, digits, `.`, `_` and `-` only; null for anything else. */
function idOf(raw: string | undefined): string | null {
  const id = raw?.toLowerCase() ?? '';
  return /^[a-z0-9._-]{1,100}$/.test(id) ? id : null;
}

const or = (value: string | undefined): string | null => (value ? value : null);

function fromOsRelease({ fields }: ReleaseFacts): Distro | null {
  const id = idOf(fields['ID']);
  if (id === null) return null;
  return {
    id,
    idLike: (fields['ID_LIKE'] ?? '').toLowerCase().split(/\s+/).filter(Boolean),
    versionId: or(fields['VERSION_ID']),
    versionCodename: or(fields['VERSION_CODENAME'] ?? fields['UBUNTU_CODENAME']),
    prettyName: or(fields['PRETTY_NAME']),
    name: or(fields['NAME']),
    cpeName: or(fields['CPE_NAME']),
    variantId: or(fields['VARIANT_ID']),
    buildId: or(fields['BUILD_ID']),
    supportEnd: /^\d{4}-\d\d-\d\d$/.test(fields['SUPPORT_END'] ?? '') ? or(fields['SUPPORT_END']) : null,
  };
}

/** By the vendor's word in a CPE. */
const vendors: Readonly<Record<string, string>> = {
  redhat: 'rhel',
  centos: 'centos',
  fedoraproject: 'fedora',
  amazon: 'amzn',
  oracle: 'ol',
  rocky: 'rocky',
  almalinux: 'almalinux',
};

/** `cpe:/o:centos:linux:6:GA`, or the 2.3 form `cpe:2.3:o:amazon:amazon_linux:2`. */
function fromCpe({ line }: ReleaseFacts): Distro | null {
  const match = /^cpe:(?:\/|2\.3:)o:([a-z0-9_]+):[^:]*:([0-9][0-9A-Za-z.]*)/i.exec(line);
  const id = vendors[match?.[1]?.toLowerCase() ?? ''];
  return id === undefined ? null : distroOf(id, { versionId: match?.[2] ?? null, cpeName: line });
}

const releaseNames: readonly (readonly [start: RegExp, id: string])[] = [
  [/^Red Hat Enterprise Linux/i, 'rhel'],
  [/^CentOS/i, 'centos'],
  [/^Rocky Linux/i, 'rocky'],
  [/^AlmaLinux/i, 'almalinux'],
  [/^Oracle Linux/i, 'ol'],
  [/^Fedora/i, 'fedora'],
  [/^Amazon Linux/i, 'amzn'],
  [/^Scientific Linux/i, 'scientific'],
];

/** `CentOS release 6.10 (Final)`, `Amazon Linux release 2 (Karoo)`, `CentOS Stream release 8`. */
function fromReleaseLine({ line }: ReleaseFacts): Distro | null {
  const id = releaseNames.find(([start]) => start.test(line))?.[1];
  if (id === undefined) return null;
  const [, name, version] = /^(.*?)\s+(?:AMI\s+)?release\s+(\d[\d.]*)/i.exec(line) ?? [];
  return distroOf(id, { versionId: or(version), name: or(name), prettyName: line });
}

function fromLsbRelease({ fields }: ReleaseFacts): Distro | null {
  const id = idOf(fields['DISTRIB_ID']);
  if (id === null) return null;
  return distroOf(id, {
    versionId: or(fields['DISTRIB_RELEASE']),
    versionCodename: or(fields['DISTRIB_CODENAME']),
    prettyName: or(fields['DISTRIB_DESCRIPTION']),
  });
}

/** `12.4` is release 12; `trixie/sid` is a release to be, known by its name alone. */
function debianRelease(line: string): Pick<Distro, 'versionId' | 'versionCodename'> {
  const number = /^\d+/.exec(line)?.[0] ?? null;
  const codename = /^([a-z]+)(?:\/sid)?$/.exec(line)?.[1] ?? null;
  return { versionId: number, versionCodename: codename };
}

function fromRepositories({ line }: ReleaseFacts): Distro {
  return line === 'edge'
    ? distroOf('alpine', { versionCodename: 'edge' })
    : distroOf('alpine', { versionId: line.slice(1) });
}

/** Debian's testing has no VERSION_ID: what `debian_version` says stands in for it. */
function completed(distro: Distro, look: Look): Distro {
  if (distro.id !== 'debian' || distro.versionId !== null) return distro;
  const line = look('etc/debian_version')?.line;
  if (line === undefined) return distro;
  const release = debianRelease(line);
  return { ...distro, ...release, versionCodename: distro.versionCodename ?? release.versionCodename };
}
