import { createHash } from 'node:crypto';
import { instant, property, References, versionText } from './cyclonedx-parts.ts';
import { vulnerabilities } from './cyclonedx-vulnerabilities.ts';
import { imageName, imagePurl } from './image-purl.ts';
import { type Label, type LabelDistro, type LabelPackage, unmatchedText } from './label.ts';
import { licenseChoice } from './licenses.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The label as a CycloneDX 1.6 bill of materials with its vulnerabilities. Reproducible: the serial number is derived
 * from the label and the tool's version, the time is the image's or the advisory snapshot's, never the clock's.
 * What CycloneDX has no field for is a property named `soupcon:...`.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function renderCycloneDx(label: Label, { toolVersion }: { toolVersion: string }): string {
  const references = new References();
  const root = references.take('image');
  const system = label.distro && operatingSystem(label.distro, references.take('operating-system'));
  const refs = label.packages.map((one) => references.take(one.purl));
  const refsOf = new Map<string, string[]>();
  for (const [k, { purl }] of label.packages.entries()) {
    const known = refsOf.get(purl) ?? [];
    refsOf.set(purl, known);
    known.push(refs[k] ?? purl);
  }
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([toolVersion, label]))}`,
    version: 1,
    metadata: metadata(label, { toolVersion, root }),
    components: [
      ...(system ? [system] : []),
      ...label.packages.map((one, k) => component(one, { label, ref: refs[k] ?? one.purl })),
    ],
    dependencies: [{ ref: root, dependsOn: [...(system ? [system['bom-ref']] : []), ...refs] }],
    compositions: [{ aggregate: aggregateOf(label), assemblies: [root] }],
    vulnerabilities: vulnerabilities(label, { refsOf, references }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The namespace of our names: made once, at random, and never changed. */
const uuidNamespace = Buffer.from('8f0f3c1d5f0b4a6e9d5a3b1c6e7a2f94', 'hex');

/** A name-based UUID, version 5. @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5 */
function uuidOf(name: string): string {
  const bytes = createHash('sha1').update(uuidNamespace).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function aggregateOf({ completeness: { verdict } }: Label): string {
  return { complete: 'complete', partial: 'incomplete', unknown: 'unknown' }[verdict];
}

function metadata(label: Label, { toolVersion, root }: { toolVersion: string; root: string }): Fields {
  const { image, completeness, advisories } = label;
  const timestamp = instant(image.created) ?? instant(advisories?.snapshot ?? null);
  const purl = imagePurl(image);
  return {
    ...(timestamp === null ? {} : { timestamp }),
    tools: { components: [{ type: 'application', name: 'soupcon', version: toolVersion }] },
    component: {
      'bom-ref': root,
      type: 'container',
      name: imageName(image),
      ...(image.digest === null ? {} : { version: image.digest }),
      ...(purl === null ? {} : { purl }),
      properties: [
        ...property('image:reference', image.reference),
        ...property('image:mediaType', image.mediaType),
        ...property('image:platform', image.platform),
        ...property('image:size', image.size),
        ...label.layers.flatMap((layer) => property(`layer:${layer.index}:diffId`, layer.diffId)),
      ],
    },
    properties: [
      ...property('completeness', completeness.verdict),
      ...completeness.reasons.flatMap((reason) => property('completeness:reason', reason)),
      ...property('advisories:snapshot', advisories === null ? 'none' : advisories.snapshot),
      ...property('advisories:records', advisories?.records ?? null),
      ...(advisories?.unmatched ?? []).flatMap((one) => property('advisories:unmatched', unmatchedText(one))),
      ...label.problems.flatMap((one) => property(`problem:${one.code}`, problemText(one))),
    ],
  };
}

function problemText({ message, layer, path }: Label['problems'][number]): string {
  return [message, layer === null ? null : `layer ${layer}`, path].filter((part) => part !== null).join(' | ');
}

function operatingSystem(
  { id, versionId, prettyName, endOfLife }: LabelDistro,
  ref: string,
): Fields & { 'bom-ref': string } {
  return {
    'bom-ref': ref,
    type: 'operating-system',
    name: id,
    ...(versionId === null ? {} : { version: versionText(versionId) }),
    ...(prettyName === null ? {} : { description: prettyName }),
    properties: property('distro:endOfLife', endOfLife),
  };
}

function component(one: LabelPackage, { label, ref }: { label: Label; ref: string }): Fields {
  const layer = label.layers.find(({ index }) => index === one.introducedIn);
  const licenses = licenseChoice(one.licenses);
  return {
    'bom-ref': ref,
    type: 'library',
    name: one.name,
    version: versionText(one.version),
    ...(licenses === null ? {} : { licenses }),
    purl: one.purl,
    ...(one.locations.length === 0
      ? {}
      : {
          evidence: {
            occurrences: one.locations.map(({ path, layer: at }) => ({
              location: path,
              additionalContext: `layer ${at}`,
            })),
          },
        }),
    properties: [
      ...property('layer:index', one.introducedIn),
      ...property('layer:digest', layer?.digest ?? null),
      ...property('layer:diffId', layer?.diffId ?? null),
      ...property('foundBy', one.foundBy),
      ...property('source:name', one.source?.name ?? null),
      ...property('source:version', one.source?.version ?? null),
      ...one.aliases.flatMap((alias) => property('alias', alias)),
    ],
  };
}
