import { AppError } from '@soupcon/model';

const bytesMax = 256 * 1024 * 1024;
const componentsMax = 500_000;

export type Json = Readonly<Record<string, unknown>>;

/** The parts of a document that are read, all of them unchecked. */
export interface SbomDocument {
  readonly specVersion: string;
  readonly components: readonly Json[];
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * Opens a CycloneDX JSON document of versions 1.2 to 1.6 and lists its components, nested ones too, in their order.
 * What the document is about (`metadata.component`) is not a part of it, but its own components are.
 * @throws {AppError} `sbom_malformed`.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function openDocument(bytes: Uint8Array, reference: string): SbomDocument {
  const fail = (why: string, cause?: unknown) =>
    new AppError('sbom_malformed', { subject: `${reference}: ${why}`, cause });
  if (bytes.length > bytesMax) throw fail(`${bytes.length} bytes, more than ${bytesMax}`);
  let json: unknown;
  try {
    json = JSON.parse(decode(bytes));
  } catch (cause) {
    throw fail('it is not JSON', cause);
  }
  if (!isJson(json)) throw fail('it is not a JSON object');
  if ('spdxVersion' in json || '@graph' in json) throw fail('SPDX is not understood yet, only CycloneDX JSON');
  if (json['bomFormat'] !== 'CycloneDX') throw fail('it does not say that it is CycloneDX');
  const specVersion = textOf(json['specVersion']) ?? '';
  if (!/^1\.[2-9]$/.test(specVersion))
    throw fail(`CycloneDX ${specVersion || 'of no version'} is not understood, only 1.2 to 1.6`);
  if (json['components'] !== undefined && !Array.isArray(json['components']))
    throw fail('its components are not a list');
  const metadata = isJson(json['metadata']) ? json['metadata'] : {};
  const subject = isJson(metadata['component']) ? metadata['component'] : {};
  const components = flatten([...listOf(json['components']), ...listOf(subject['components'])]);
  if (components.length > componentsMax) throw fail(`it has more than ${componentsMax} components`);
  return { specVersion, components };
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return new TextDecoder(isWide ? (first === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8').decode(bytes);
}

/** Depth first, without recursion: the depth is the document's choice. Ends one past the limit. */
function flatten(roots: readonly unknown[]): Json[] {
  const found: Json[] = [];
  const stack: unknown[] = [...roots].reverse();
  while (stack.length > 0 && found.length <= componentsMax) {
    const component = stack.pop();
    if (!isJson(component)) continue;
    found.push(component);
    for (const child of [...listOf(component['components'])].reverse()) stack.push(child);
  }
  return found;
}
