import { AppError, type Descriptor, isDigest, type Platform } from '@soupcon/model';
import { artifactIn } from './artifact.ts';
import { bareMediaType, isSchema1Type, manifestKindOf, ociManifest } from './media-types.ts';
import { type Fields, isAbsent, isFields, oneLine, parseJson } from './shape.ts';

/** A manifest that was understood. `mediaType` is the best that is known: the body's, else the transport's. */
export type Manifest = ImageManifest | IndexManifest;

export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  /** Base first. */
  readonly layers: readonly Descriptor[];
}

export interface IndexManifest {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

/** Limits on a manifest's own bytes and lists. */
export const manifestLimits = { bytesMax: 4 * 1024 * 1024, layersMax: 1000, childrenMax: 256 } as const;

/**
 * Parses and validates a manifest or index. Unknown fields and `null` for absent ones are taken; a document that could
 * be read in two ways is not (CVE-2021-41190).
 * @param declared `Content-Type` or the descriptor's media type; null when the transport says nothing.
 * @param name what it is called in errors, such as the reference.
 * @throws {AppError} `manifest_malformed`; `manifest_unsupported` naming what it is instead of an image.
 */
export function parseManifest(bytes: Uint8Array, declared: string | null, name: string): Manifest {
  const body = parseJson(bytes);
  if (!isFields(body)) throw malformed(name, 'it is not a JSON object');
  const { mediaType } = body;
  if (!isAbsent(mediaType) && typeof mediaType !== 'string') throw malformed(name, 'its media type is not a text');
  const own = typeof mediaType === 'string' && mediaType !== '' ? bareMediaType(mediaType) : null;
  const outer = declared === null ? null : bareMediaType(declared);
  const kind = kindOf(body, own, outer, name);
  if (kind === 'index') return readIndex(body, own ?? outer ?? 'application/vnd.oci.image.index.v1+json', name);
  return readImage(body, own ?? (outer !== null && manifestKindOf(outer) === 'image' ? outer : ociManifest), name);
}

function kindOf(body: Fields, own: string | null, outer: string | null, name: string): 'index' | 'image' {
  const { manifests, layers, config, fsLayers, schemaVersion } = body;
  const has = { index: !isAbsent(manifests), image: !isAbsent(layers) || !isAbsent(config) };
  if (has.index && has.image) throw malformed(name, 'it is both an index and an image, which is refused');
  const isSchema1 = [own, outer].some((type) => type !== null && isSchema1Type(type));
  if (isSchema1 || (schemaVersion === 1 && !has.index && !has.image) || !isAbsent(fsLayers)) {
    throw unsupported(
      name,
      'a manifest of schema 1, which docker gave up: it has no configuration and no verifiable layers',
    );
  }
  const said = [own, outer]
    .map((type) => (type === null ? null : manifestKindOf(type)))
    .filter((kind) => kind !== null);
  if (said[0] !== undefined && said[1] !== undefined && own !== outer) {
    throw malformed(name, `it says it is ${own}, but was sent as ${outer}`);
  }
  if (own !== null && manifestKindOf(own) === null)
    throw unsupported(name, `a document of the kind ${oneLine(own, 120)}`);
  const kind = said[0] ?? (has.index ? 'index' : has.image ? 'image' : null);
  if (kind === null) throw malformed(name, 'it lists neither layers nor manifests');
  if ((kind === 'index' && has.image) || (kind === 'image' && has.index)) {
    throw malformed(name, `its media type says ${kind}, its content does not`);
  }
  return kind;
}

function readIndex(body: Fields, mediaType: string, name: string): IndexManifest {
  const { manifests } = body;
  if (!isAbsent(manifests) && !Array.isArray(manifests)) throw malformed(name, '`manifests` is not a list');
  const list: readonly unknown[] = isAbsent(manifests) ? [] : manifests;
  if (list.length > manifestLimits.childrenMax)
    throw malformed(name, `it lists more than ${manifestLimits.childrenMax} manifests`);
  return {
    kind: 'index',
    mediaType,
    manifests: list.map((item, at) => readDescriptor(item, `manifests[${at}]`, name)),
  };
}

function readImage(body: Fields, mediaType: string, name: string): ImageManifest {
  const { config: rawConfig, layers: rawLayers, artifactType } = body;
  const config = readDescriptor(rawConfig, 'config', name);
  if (!isAbsent(rawLayers) && !Array.isArray(rawLayers)) throw malformed(name, '`layers` is not a list');
  const list: readonly unknown[] = isAbsent(rawLayers) ? [] : rawLayers;
  if (list.length > manifestLimits.layersMax)
    throw malformed(name, `it lists more than ${manifestLimits.layersMax} layers`);
  const layers = list.map((item, at) => readDescriptor(item, `layers[${at}]`, name));
  const artifact = artifactIn({ config, layers, artifactType: typeof artifactType === 'string' ? artifactType : null });
  if (artifact !== null) throw unsupported(name, artifact);
  return { kind: 'image', mediaType, config, layers };
}

/** What a manifest of any kind needs to be there before it may be pushed itself. */
export interface ManifestParts {
  /** Null when the body says none. */
  readonly mediaType: string | null;
  readonly manifests: readonly Descriptor[];
  /** The configuration and the layers. */
  readonly blobs: readonly Descriptor[];
}

/**
 * The parts of a manifest whatever it is: an index lists attestations and other artifacts beside its images, and a
 * registry wants all of them. @throws {AppError} `manifest_malformed`, `manifest_unsupported`.
 */
export function readParts(bytes: Uint8Array, name: string): ManifestParts {
  const body = parseJson(bytes);
  if (!isFields(body)) throw malformed(name, 'it is not a JSON object');
  const { mediaType, manifests, config, layers } = body;
  const list = (value: unknown, field: string, max: number) => {
    const items: readonly unknown[] = isAbsent(value) ? [] : Array.isArray(value) ? value : [value];
    if (items.length > max) throw malformed(name, `it lists more than ${max} ${field}`);
    return items.map((item, at) => readDescriptor(item, `${field}[${at}]`, name));
  };
  return {
    mediaType: typeof mediaType === 'string' && mediaType !== '' ? bareMediaType(mediaType) : null,
    manifests: list(manifests, 'manifests', manifestLimits.childrenMax),
    blobs: [...list(config, 'config', 1), ...list(layers, 'layers', manifestLimits.layersMax)],
  };
}

/** @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
function readDescriptor(value: unknown, where: string, name: string): Descriptor {
  if (!isFields(value)) throw malformed(name, `\`${where}\` is not an object`);
  const { mediaType, digest, size, platform, annotations, artifactType, urls } = value;
  if (!isDigest(digest)) {
    if (typeof digest === 'string' && /^[a-z0-9+._-]+:[A-Za-z0-9=_-]+$/.test(digest) && !digest.startsWith('sha256:')) {
      throw unsupported(name, `\`${where}\` has a digest of another kind than sha256 (${oneLine(digest, 20)})`);
    }
    throw malformed(name, `\`${where}.digest\` is not a sha256 digest`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw malformed(name, `\`${where}.size\` is not a number of bytes`);
  }
  const readPlatformOf = isFields(platform) ? readPlatform(platform) : null;
  return {
    mediaType: typeof mediaType === 'string' ? bareMediaType(mediaType) : '',
    digest,
    size,
    ...(readPlatformOf === null ? {} : { platform: readPlatformOf }),
    ...(isFields(annotations) ? { annotations: textsOf(annotations) } : {}),
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
    ...(Array.isArray(urls) ? { urls: urls.filter((url) => typeof url === 'string') } : {}),
  };
}

const word = /^[A-Za-z0-9._-]{1,64}$/;

/** A platform from `os`, `architecture` and what belongs to them; null when either is missing or no plain word. */
export function readPlatform(fields: Fields): Platform | null {
  const { os, architecture, variant, 'os.version': osVersion } = fields;
  const isWord = (value: unknown): value is string => typeof value === 'string' && word.test(value);
  if (!isWord(os) || !isWord(architecture)) return null;
  return {
    os,
    architecture,
    ...(isWord(variant) ? { variant } : {}),
    ...(isWord(osVersion) ? { osVersion } : {}),
  };
}

/** The fields that are texts. Built as entries, so that a key `__proto__` is a key like any other. */
export function textsOf(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

/** BuildKit hangs attestations beside the images of an index; they are no images. */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  if (annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return true;
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

function malformed(name: string, why: string): AppError {
  return new AppError('manifest_malformed', { subject: `${name}: ${why}` });
}

function unsupported(name: string, what: string): AppError {
  return new AppError('manifest_unsupported', { subject: `${name} is ${what}` });
}
