import { type Distro, formatPurl, type MatchContext } from '@soupcon/model';
import type { FoundPackage } from './cataloger.ts';
import { LazyPackage } from './lazy-package.ts';

/** `<id>-<version>`, or the codename where a release has no number, as purls name a distribution; null without one. */
export function distroQualifier(distro: Distro | null): string | null {
  if (distro === null) return null;
  const release = distro.versionId ?? distro.buildId ?? distro.versionCodename;
  return release === null ? distro.id : `${distro.id}-${release}`;
}

/** The part of a distribution that the matching of its packages depends on. */
function distroContext(distro: Distro | null): MatchContext {
  if (distro === null) return { distro: null };
  const { id, versionId, versionCodename } = distro;
  return { distro: { id, versionId, versionCodename } };
}

/**
 * The purl of a distribution's package. `upstream` names the source package only where it says something new: another
 * name, or another version (`name@version`).
 * @see https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md
 */
function osPackagePurl(
  { type, namespace, name, version, architecture }: Identity,
  source: Source,
  distro: Distro | null,
): string {
  const sameVersion = source.version === version;
  const upstream = sameVersion ? (source.name === name ? '' : source.name) : `${source.name}@${source.version}`;
  const qualifiers = { arch: architecture ?? '', distro: distroQualifier(distro) ?? '', upstream };
  return formatPurl({ type, namespace, name, version, qualifiers });
}

type Identity = Pick<FoundPackage, 'type' | 'namespace' | 'name' | 'version' | 'architecture'>;
type Source = NonNullable<FoundPackage['source']>;

/** A package of a distribution's database at `root`; `family` stands in for a distribution that does not say its id. */
export function osPackage(one: {
  readonly type: string;
  readonly family: string;
  readonly root: string;
  readonly path: string;
  readonly distro: Distro | null;
  readonly record: { readonly name: string; readonly version: string; readonly architecture: string | null };
  readonly source: Source;
  readonly licenses: readonly string[];
  readonly files: () => Iterable<string>;
}): FoundPackage {
  const { type, root, path, distro, source, licenses, files } = one;
  const { name, version, architecture } = one.record;
  return new LazyPackage(
    {
      type,
      namespace: distro?.id ?? one.family,
      name,
      version,
      architecture,
      source,
      licenses,
      context: distroContext(distro),
      path,
      key: `${root}\0${name}\0${architecture}`,
      owns: { root, files },
    },
    (found) => osPackagePurl(found, source, distro),
  );
}
