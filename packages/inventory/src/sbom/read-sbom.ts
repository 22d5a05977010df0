import {
  AppError,
  byKeys,
  compareText,
  type Distro,
  type Inventory,
  type Location,
  type Package,
  type Purl,
  parsePurl,
  problem,
  type ResolvedImage,
} from '@soupcon/model';
import { type ContextDistro, distroId, release } from './distro.ts';
import { isJson, type Json, listOf, openDocument, textOf } from './document.ts';
import { identityOf, type Properties } from './identity.ts';

/**
 * Reads a bill of materials in place of an image: CycloneDX JSON 1.2 to 1.6. A package keeps the purl that the document
 * has for it. There are no layers: everything is said to be in layer 0.
 * @param reference what the user called it; it is the image's reference.
 * @throws {AppError} `sbom_malformed`.
 */
export function readSbom(bytes: Uint8Array, reference: string): { image: ResolvedImage; inventory: Inventory } {
  const { components } = openDocument(bytes, reference);
  const os = components.find((component) => component['type'] === 'operating-system');
  const distro = os === undefined ? null : distroOf(os);
  const packages = new Map<string, Package>();
  let skipped = 0;
  for (const component of components) {
    const found = packageOf(component, distro && release(distro.id, distro.versionId, distro.versionCodename));
    if (found === 'skipped') skipped += 1;
    else if (found !== null) packages.set(found.purl, joined(packages.get(found.purl), found));
  }
  return { image: imageOf(reference), inventory: inventoryOf([...packages.values()], distro, skipped) };
}

function inventoryOf(packages: readonly Package[], distro: Distro | null, skipped: number): Inventory {
  const reasons = [`This is as complete as the document, which lists ${packages.length} packages.`];
  if (skipped > 0) reasons.unshift(`${skipped} components have no package URL that can be used.`);
  return {
    distro,
    completeness: {
      verdict: skipped > 0 ? 'partial' : 'complete',
      executables: { files: 0, bytes: 0, explainedBytes: 0 },
      reasons,
    },
    layers: [],
    packages: packages.toSorted(byKeys(({ purl }) => purl)),
    removed: [],
    problems: skipped === 0 ? [] : [problem('sbom_component_skipped', { more: `${skipped} in all` })],
  };
}

function imageOf(reference: string): ResolvedImage {
  return {
    reference,
    digest: null,
    mediaType: null,
    platform: null,
    created: null,
    size: null,
    config: { platform: null, created: null, diffIds: null, history: [], user: null, env: [], labels: {} },
    layers: [],
    problems: [],
  };
}

/** Types of components that can be packages. */
const packageTypes = new Set(['library', 'framework', 'application', 'firmware']);
/** Types of purls that name images and files, not packages. */
const otherPurls = new Set(['oci', 'docker']);

/** Null for what is not meant to be a package: files, images, the system itself, groups without a version. */
function packageOf(component: Json, os: ContextDistro | null): Package | 'skipped' | null {
  const text = textOf(component['purl']);
  if (text === null) {
    const isPackage = packageTypes.has(String(component['type']));
    return isPackage && (component['type'] !== 'application' || textOf(component['version']) !== null)
      ? 'skipped'
      : null;
  }
  const purl = readPurl(text);
  if (purl === null) return 'skipped';
  if (otherPurls.has(purl.type)) return null;
  const properties = propertiesOf(component);
  const identity = identityOf(purl, properties, os);
  if (identity === null) return 'skipped';
  return {
    ...identity,
    purl: text,
    licenses: licensesOf(component),
    locations: locationsOf(component, properties),
    introducedIn: 0,
    foundBy: 'sbom',
    aliases: [],
  };
}

function readPurl(text: string): Purl | null {
  try {
    return parsePurl(text);
  } catch (error) {
    if (error instanceof AppError) return null; // Counted with the components that cannot be used.
    throw error;
  }
}

function joined(known: Package | undefined, found: Package): Package {
  if (known === undefined) return found;
  const locations = new Map([...known.locations, ...found.locations].map((place) => [place.path, place]));
  const licenses = [...new Set([...known.licenses, ...found.licenses])].sort(compareText);
  return { ...known, licenses, locations: [...locations.values()].sort(byKeys(({ path }) => path)) };
}

function propertiesOf(component: Json): Properties {
  const properties = new Map<string, string>();
  for (const one of listOf(component['properties'])) {
    const [name, value] = isJson(one) ? [textOf(one['name']), textOf(one['value'])] : [null, null];
    if (name !== null && value !== null) properties.set(name, value);
  }
  return properties;
}

/** `{license: {id | name}}` and `{expression}`. */
function licensesOf(component: Json): string[] {
  const licenses = listOf(component['licenses']).map((choice) => {
    if (!isJson(choice)) return null;
    const license = isJson(choice['license']) ? choice['license'] : {};
    return textOf(choice['expression']) ?? textOf(license['id']) ?? textOf(license['name']);
  });
  return [...new Set(licenses.filter((text) => text !== null))].sort(compareText);
}

/** Where the document says that it was seen, in the words of the format and of two tools. */
function locationsOf(component: Json, properties: Properties): Location[] {
  const evidence = isJson(component['evidence']) ? component['evidence'] : {};
  const paths = new Set<string>();
  for (const one of listOf(evidence['occurrences'])) {
    const path = isJson(one) ? textOf(one['location']) : null;
    if (path !== null) paths.add(path);
  }
  for (const [name, value] of properties) {
    if (/^syft:location:\d+:path$/.test(name) || name === 'aquasecurity:trivy:FilePath') paths.add(value);
  }
  const clean = [...paths].map((path) => path.replace(/^\/+/, '')).filter((path) => path !== '');
  return [...new Set(clean)].sort(compareText).map((path) => ({ path, layer: 0 }));
}

/** The operating system's component: its name is the id, as far as tools have it. */
function distroOf(component: Json): Distro | null {
  const properties = propertiesOf(component);
  const name = properties.get('syft:distro:id') ?? textOf(component['name']);
  if (name === null) return null;
  const version = properties.get('syft:distro:versionID') ?? textOf(component['version']);
  const { id, versionId } = release(distroId(name), version, null);
  return {
    id,
    idLike: [],
    versionId,
    versionCodename: properties.get('syft:distro:versionCodename') ?? null,
    prettyName: properties.get('syft:distro:prettyName') ?? textOf(component['description']),
    name: textOf(component['name']),
    cpeName: textOf(component['cpe']),
    variantId: null,
    buildId: null,
    supportEnd: null,
  };
}
