import type { LayerFile } from '../cataloger.ts';

/** What is kept of a package.json. */
export type NpmFacts =
  | { readonly name: string; readonly version: string; readonly licenses: readonly string[] }
  | { readonly malformed: string };

const bytesMax = 4 * 1024 * 1024;

/**
 * @returns null when it is readable and not a package's: no name, no version, or neither of a package's form.
 * @see https://docs.npmjs.com/cli/configuring-npm/package-json
 */
export function readManifest(file: LayerFile): NpmFacts | null {
  if (file.bytes.length > bytesMax) return { malformed: `${file.bytes.length} bytes` };
  let json: unknown;
  try {
    json = JSON.parse(file.text());
  } catch {
    return { malformed: 'not JSON' }; // Whether that matters depends on the place, which is known later.
  }
  if (!isRecord(json)) return { malformed: 'not a JSON object' };
  const [name, version] = [nameOf(json['name']), versionOf(json['version'])];
  return name === null || version === null ? null : { name, version, licenses: licensesOf(json) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(raw: unknown): string | null {
  if (typeof raw !== 'string' || raw.length > 214) return null;
  const name = raw.trim();
  return /^(?:@[^/@\s]+\/)?[^/@\s]+$/.test(name) ? name : null;
}

/** Without a leading `v` or `=`; null for what does not begin with a number. */
function versionOf(raw: unknown): string | null {
  if (typeof raw !== 'string' || raw.length > 256) return null;
  const version = raw.trim().replace(/^[v=\s]+/, '');
  return /^\d+(?:[.+-][0-9A-Za-z.+-]*)?$/.test(version) ? version : null;
}

/** A string, `{type}`, or a list of either under `license` or `licenses`, as packages of all ages have it. */
function licensesOf(json: Record<string, unknown>): string[] {
  const values = [json['license'], json['licenses']].flat().slice(0, 50);
  const words = values.map((value) => (isRecord(value) ? (value['type'] ?? value['name']) : value));
  const texts = words.filter((word): word is string => typeof word === 'string' && word.trim() !== '');
  return [...new Set(texts.map((word) => word.trim().slice(0, 200)))];
}
