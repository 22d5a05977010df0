import { type Distro, formatPurl, type MatchContext } from '@soupcon/model';

/** `<id>-<version>`, or the codename where a release has no number, as purls name a distribution; null without one. */
export function distroQualifier(distro: Distro | null): string | null {
  if (distro === null) return null;
  const release = distro.versionId ?? distro.buildId ?? distro.versionCodename;
  return release === null ? distro.id : `${distro.id}-${release}`;
}

/** The part of a distribution that the matching of its packages depends on. */
export function distroContext(distro: Distro | null): MatchContext {
  if (distro === null) return { distro: null };
  const { id, versionId, versionCodename } = distro;
  return { distro: { id, versionId, versionCodename } };
}

/**
 * The purl of a distribution's package. `upstream` names the source package only where it says something new: another
 * name, or another version (`name@version`).
 * @see https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md
 */
export function osPackagePurl(one: {
  type: string;
  namespace: string;
  name: string;
  version: string;
  architecture: string | null;
  source: { readonly name: string; readonly version: string };
  distro: Distro | null;
}): string {
  const { source } = one;
  const sameVersion = source.version === one.version;
  const upstream = sameVersion ? (source.name === one.name ? '' : source.name) : `${source.name}@${source.version}`;
  return formatPurl({
    type: one.type,
    namespace: one.namespace,
    name: one.name,
    version: one.version,
    qualifiers: { arch: one.architecture ?? '', distro: distroQualifier(one.distro) ?? '', upstream },
  });
}
