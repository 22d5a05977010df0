import {
  type Advisory,
  type AdvisoryIndex,
  type AffectedInterval,
  type AffectedPackage,
  ecosystemBase,
  normaliseName,
  type Package,
} from '@soupcon/model';

/** An interval in short: `span(null, '2')` is everything below 2, `span('1')` everything from 1 on. */
export function span(
  introduced: string | null,
  fixed: string | null = null,
  lastAffected: string | null = null,
): AffectedInterval {
  return { introduced, fixed, lastAffected };
}

export function affects(
  ecosystem: string,
  name: string,
  intervals: readonly AffectedInterval[] | null,
  more: Partial<AffectedPackage> = {},
): AffectedPackage {
  const type = ecosystem === 'npm' ? 'SEMVER' : 'ECOSYSTEM';
  const ranges = intervals === null ? [] : [{ type, intervals } as const];
  return { ecosystem, name, ranges, versions: [], severity: [], urgency: null, ...more };
}

export function advisory(id: string, affected: readonly AffectedPackage[], more: Partial<Advisory> = {}): Advisory {
  return {
    id,
    modified: '2024-01-02T03:04:05Z',
    published: null,
    withdrawn: null,
    aliases: [],
    upstream: [],
    related: [],
    summary: null,
    severity: [],
    severityWord: null,
    affected,
    ...more,
  };
}

export function indexOf(advisories: readonly Advisory[]): AdvisoryIndex {
  const hits = advisories.flatMap((one) => one.affected.map((affected) => ({ advisory: one, affected })));
  return {
    lookup: (ecosystem, name) =>
      hits.filter(({ affected }) => {
        return ecosystemBase(affected.ecosystem) === ecosystem && normaliseName(ecosystem, affected.name) === name;
      }),
    ecosystems: (base) =>
      new Set(hits.map(({ affected }) => affected.ecosystem).filter((one) => ecosystemBase(one) === base)),
    snapshot: { snapshot: '2024-01-02T03:04:05Z', records: advisories.length },
  };
}

function somePackage(purl: string, more: Pick<Package, 'type' | 'name' | 'version'> & Partial<Package>): Package {
  return {
    purl,
    namespace: null,
    architecture: null,
    source: null,
    context: { distro: null },
    licenses: [],
    locations: [],
    introducedIn: 0,
    foundBy: 'test',
    aliases: [],
    ...more,
  };
}

/** @param source `name version` of the source package, or of an apk's origin. */
export function osPackage(distro: string, name: string, version: string, source?: string, codename?: string): Package {
  const [id = '', versionId = null] = distro.split(' ');
  const type = id === 'alpine' ? 'apk' : 'deb';
  const [sourceName = '', sourceVersion = version] = source?.split(' ') ?? [];
  return somePackage(`pkg:${type}/${id}/${name}@${version}`, {
    type,
    name,
    version,
    source: source === undefined ? null : { name: sourceName, version: sourceVersion },
    context: { distro: { id, versionId, versionCodename: codename ?? null } },
  });
}

export function npmPackage(fullName: string, version: string, more: Partial<Package> = {}): Package {
  const [name = '', namespace = null] = fullName.split('/').reverse();
  return somePackage(`pkg:npm/${fullName}@${version}`, { type: 'npm', namespace, name, version, ...more });
}
