import type { CatalogView, LayerFile } from '../cataloger.ts';
import { linesOf } from '../text.ts';
import { parseAssignments } from './os-release.ts';

/** What a file that names a distribution says: its assignments, and its first line that says anything. */
export interface ReleaseFacts {
  readonly fields: Readonly<Record<string, string>>;
  readonly line: string;
}

export type ReleaseView = Pick<CatalogView<ReleaseFacts>, 'lookup'>;

const bytesMax = 64 * 1024;

/** Which keys say what the product wants to know; the rest is not kept. */
const keys = new Set([
  ...['ID', 'ID_LIKE', 'VERSION_ID', 'VERSION_CODENAME', 'PRETTY_NAME', 'NAME', 'CPE_NAME', 'VARIANT_ID', 'BUILD_ID'],
  ...['SUPPORT_END', 'UBUNTU_CODENAME', 'DISTRIB_ID', 'DISTRIB_RELEASE', 'DISTRIB_CODENAME', 'DISTRIB_DESCRIPTION'],
]);

/** Reads any of them alike: which one it is counts by the path that leads to it, and that may be a link. */
export function readRelease(file: LayerFile): ReleaseFacts | null {
  if (file.bytes.length > bytesMax) return null;
  const text = file.text();
  if (file.path.endsWith('apk/repositories')) return repositoryFacts(text);
  const fields = Object.fromEntries(Object.entries(parseAssignments(text)).filter(([key]) => keys.has(key)));
  const line = firstLine(text);
  return line === '' ? null : { fields, line };
}

function firstLine(text: string): string {
  for (const line of linesOf(text)) {
    if (line.trim() !== '' && !line.startsWith('#')) return line.trim().slice(0, 200);
  }
  return '';
}

/** The branch of the first repository that has one: `v3.18` of `https://host/alpine/v3.18/main`, or `edge`. */
function repositoryFacts(text: string): ReleaseFacts | null {
  for (const line of linesOf(text)) {
    const match = /^(?:@\S+\s+)?\S*\/(v\d+\.\d+|edge)\/(?:main|community)\/?\s*$/.exec(line.slice(0, 1000));
    if (match?.[1]) return { fields: {}, line: match[1] };
  }
  return null;
}
