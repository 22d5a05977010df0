import {
  AppError,
  type Digest,
  type HistoryEntry,
  type ImageConfig,
  isDigest,
  type Problem,
  problem,
} from '@soupcon/model';
import { readPlatform, textsOf } from './manifest.ts';
import { type Fields, isAbsent, isFields, parseJson } from './shape.ts';

export const configBytesMax = 8 * 1024 * 1024;

/** An image configuration with what is wrong in it. */
export interface ConfigReading {
  readonly config: ImageConfig;
  readonly problems: readonly Problem[];
}

/** Where there is no configuration at all, as for a directory. */
export const emptyConfig: ImageConfig = {
  platform: null,
  created: null,
  diffIds: null,
  history: [],
  user: null,
  env: [],
  labels: {},
};

/**
 * Reads an image configuration. A field of a wrong type is a problem and is left out; `null` is absent. When it does
 * not list one digest a layer, no digest can be told to belong to a layer, so none is used.
 * @throws {AppError} `config_malformed` when it is not a JSON object.
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md
 */
export function parseConfig(bytes: Uint8Array, layerCount: number, name: string): ConfigReading {
  const body = parseJson(bytes);
  if (!isFields(body)) throw new AppError('config_malformed', { subject: `${name}: it is not a JSON object` });
  const reader = new FieldReader();
  const { config: rawRun, rootfs, history, created } = body;
  const { User: user, Env: env, Labels: labels } = reader.fields(rawRun, 'config') ?? {};
  const platform = readPlatform(body);
  for (const key of ['os', 'architecture', 'variant', 'os.version']) reader.text(body[key], key);
  if (platform === null) reader.problems.push(problem('platform_unknown'));
  const config: ImageConfig = {
    platform,
    created: readTime(created, reader),
    diffIds: readDiffIds(rootfs, layerCount, reader),
    history: readHistory(history, reader),
    user: reader.text(user, 'config.User') || null,
    env: reader.texts(env, 'config.Env'),
    labels: readLabels(labels, reader),
  };
  return { config, problems: reader.problems };
}

/** Takes optional fields apart and notes which are of the wrong type. */
class FieldReader {
  readonly problems: Problem[] = [];

  invalid(field: string): void {
    this.problems.push(problem('config_field_invalid', { more: field }));
  }

  text(value: unknown, field: string): string | null {
    if (typeof value === 'string') return value;
    if (!isAbsent(value)) this.invalid(field);
    return null;
  }

  fields(value: unknown, field: string): Fields | null {
    if (isFields(value)) return value;
    if (!isAbsent(value)) this.invalid(field);
    return null;
  }

  texts(value: unknown, field: string): readonly string[] {
    if (isAbsent(value)) return [];
    const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
    if (!Array.isArray(value) || texts.length < value.length) this.invalid(field);
    return texts;
  }
}

function readTime(value: unknown, reader: FieldReader): string | null {
  const text = reader.text(value, 'created');
  if (text === null || text === '') return null;
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text))) return text;
  reader.invalid('created');
  return null;
}

function readDiffIds(value: unknown, layerCount: number, reader: FieldReader): readonly Digest[] | null {
  const { diff_ids: list } = reader.fields(value, 'rootfs') ?? {};
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  if (!isAbsent(list) && !Array.isArray(list)) reader.invalid('rootfs.diff_ids');
  if (items.length === layerCount && items.every(isDigest)) return items;
  const wrong = items.findIndex((item) => !isDigest(item));
  const more =
    items.length === layerCount
      ? `rootfs.diff_ids[${wrong}] is not a digest`
      : `${items.length} instead of ${layerCount}`;
  reader.problems.push(problem('diff_ids_mismatch', { more }));
  return null;
}

/** One entry of a wrong type would shift all others against the layers, so then there is no history. */
function readHistory(value: unknown, reader: FieldReader): readonly HistoryEntry[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value) || !value.every(isFields)) {
    reader.invalid('history');
    return [];
  }
  const text = (field: unknown) => (typeof field === 'string' && field !== '' ? field : null);
  return value.map(({ created_by: createdBy, created, comment, empty_layer: emptyLayer }) => ({
    createdBy: text(createdBy),
    created: text(created),
    comment: text(comment),
    emptyLayer: emptyLayer === true,
  }));
}

function readLabels(value: unknown, reader: FieldReader): Readonly<Record<string, string>> {
  const fields = reader.fields(value, 'config.Labels');
  if (fields === null) return {};
  const texts = textsOf(fields);
  if (Object.entries(fields).some(([, item]) => typeof item !== 'string' && item !== null))
    reader.invalid('config.Labels');
  return texts;
}
