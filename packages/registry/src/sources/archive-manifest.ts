import { AppError } from '@soupcon/model';
import { manifestLimits } from '../manifest.ts';
import { formatReference, parseReference } from '../reference.ts';
import { isAbsent, isFields, oneLine, parseJson } from '../shape.ts';

/** One image of a docker archive: names of its parts in the archive, layers base first. */
export interface SavedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

/**
 * The image that is meant of those in `manifest.json`.
 * @throws {AppError} `source_unreadable` when it is malformed, `source_not_found` for a name that is not there,
 * `source_ambiguous` when there are several and none is named.
 */
export function chooseImage(bytes: Uint8Array, path: string, tag: string | null): SavedImage {
  const images = readImages(bytes, path);
  const found = tag === null ? images : images.filter(({ tags }) => tags.some((own) => sameName(own, tag)));
  const [only, ...others] = found;
  if (only === undefined) {
    const why = tag === null ? 'is without images' : `has no image ${JSON.stringify(tag)}; it has ${names(images)}`;
    throw new AppError('source_not_found', { subject: `${path} ${why}` });
  }
  if (others.every(({ config }) => config === only.config)) return only;
  throw new AppError('source_ambiguous', { subject: `${path} has ${names(found)}` });
}

function readImages(bytes: Uint8Array, path: string): SavedImage[] {
  const malformed = (why: string) =>
    new AppError('source_unreadable', { subject: `${path}: its manifest.json ${why}` });
  const body = parseJson(bytes);
  if (!Array.isArray(body)) throw malformed('is not a list');
  return body.map((item: unknown, at) => {
    if (!isFields(item)) throw malformed(`has no object at ${at}`);
    const { Config: config, RepoTags: tags, Layers: layers } = item;
    if (typeof config !== 'string') throw malformed(`names no configuration at ${at}`);
    const list: unknown = isAbsent(layers) ? [] : layers;
    if (!Array.isArray(list) || !list.every((name) => typeof name === 'string'))
      throw malformed(`names no layers at ${at}`);
    if (list.length > manifestLimits.layersMax) throw malformed(`lists more than ${manifestLimits.layersMax} layers`);
    return { config, layers: list, tags: Array.isArray(tags) ? tags.filter((name) => typeof name === 'string') : [] };
  });
}

/** `alpine` and `docker.io/library/alpine:latest` are the same name. */
function sameName(own: string, asked: string): boolean {
  return own === asked || (fullName(own) !== null && fullName(own) === fullName(asked));
}

function fullName(text: string): string | null {
  try {
    return formatReference(parseReference(text));
  } catch {
    return null; // Archives hold names that no registry takes; they are compared as they are.
  }
}

function names(images: readonly SavedImage[]): string {
  const texts = images.map(({ tags, config }) => oneLine(tags[0] ?? config, 100));
  return texts.length === 0 ? 'none' : texts.slice(0, 20).join(', ');
}
