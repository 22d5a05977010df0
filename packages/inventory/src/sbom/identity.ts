import type { MatchContext, PackageIdentity, Purl } from '@soupcon/model';
import { type ContextDistro, distroId, parseDistro } from './distro.ts';

type Source = PackageIdentity['source'];

/** Purl types whose packages belong to a distribution. */
const systemTypes = new Set(['deb', 'apk', 'rpm', 'alpm', 'opkg', 'ebuild']);

/** What a tool says beside the purl, by name. */
export type Properties = ReadonlyMap<string, string>;

/**
 * The identity that a component's purl gives, in the dialects of the tools in use; null when it has no version.
 * @param os the distribution that the document names, for purls that name none.
 */
export function identityOf(purl: Purl, properties: Properties, os: ContextDistro | null): PackageIdentity | null {
  if (purl.version === null) return null;
  const { type, namespace, name, qualifiers } = purl;
  const version = versionOf(purl, purl.version);
  return {
    type,
    namespace,
    name,
    version,
    architecture: qualifiers['arch'] ?? null,
    source: systemTypes.has(type) ? sourceOf(purl, version, properties) : null,
    context: systemTypes.has(type) ? contextOf(purl, properties, os) : { distro: null },
  };
}

/** Some tools put the epoch into a qualifier: it belongs to the version. */
function versionOf({ type, qualifiers }: Purl, version: string): string {
  const epoch = qualifiers['epoch'];
  const isApart = (type === 'deb' || type === 'rpm') && epoch !== undefined && /^[1-9]\d*$/.test(epoch);
  return isApart && !/^\d+:/.test(version) ? `${epoch}:${version}` : version;
}

function sourceOf({ type, name, qualifiers }: Purl, version: string, properties: Properties): Source {
  const rpm = qualifiers['sourcerpm'] ?? (type === 'rpm' ? qualifiers['upstream'] : undefined);
  if (rpm !== undefined) return sourceOfRpm(rpm);
  const named = namedSource(qualifiers) ?? trivySource(properties);
  if (named !== null) return { name: named.name, version: named.version ?? version };
  return type === 'deb' || type === 'apk' ? { name, version } : null;
}

/** `upstream=name[@version]`, `origin=name`, or `source=name&sourceversion=version`. */
function namedSource(qualifiers: Purl['qualifiers']): { name: string; version: string | null } | null {
  const { upstream, origin, source, sourceversion } = qualifiers;
  if (upstream !== undefined) {
    const at = upstream.indexOf('@', 1);
    return at === -1
      ? { name: upstream, version: null }
      : { name: upstream.slice(0, at), version: upstream.slice(at + 1) || null };
  }
  const name = source ?? origin;
  return name === undefined ? null : { name, version: sourceversion ?? null };
}

function trivySource(properties: Properties): { name: string; version: string | null } | null {
  const get = (key: string) => properties.get(`aquasecurity:trivy:${key}`);
  const [name, version, revision, epoch] = [get('SrcName'), get('SrcVersion'), get('SrcRelease'), get('SrcEpoch')];
  if (!name) return null;
  const start = epoch && epoch !== '0' ? `${epoch}:` : '';
  return { name, version: version ? `${start}${version}${revision ? `-${revision}` : ''}` : null };
}

/** `name-version-release.src.rpm`. */
function sourceOfRpm(file: string): Source {
  const [, name, version] = /^(.+)-([^-]+-[^-]+?)(?:\.(?:no)?src)?(?:\.rpm)?$/.exec(file) ?? [];
  return name && version ? { name, version } : null;
}

/** By the purl's own qualifier, else by its namespace and the release that the document names for that. */
function contextOf({ namespace, qualifiers }: Purl, properties: Properties, os: ContextDistro | null): MatchContext {
  const label =
    qualifiers['rpmmod'] ?? qualifiers['modularitylabel'] ?? properties.get('aquasecurity:trivy:Modularitylabel');
  const modularity = label ? { modularity: label } : {};
  const qualifier = qualifiers['distro'];
  if (qualifier !== undefined) return { distro: parseDistro(qualifier, namespace), ...modularity };
  if (namespace === null || (os !== null && distroId(namespace) === os.id)) return { distro: os, ...modularity };
  return { distro: { id: distroId(namespace), versionId: null, versionCodename: null }, ...modularity };
}
