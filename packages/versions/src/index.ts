import { AppError } from '@soupcon/model';
import { apk } from './apk.ts';
import { deb } from './deb.ts';
import { npm } from './npm.ts';
import type { VersionScheme } from './scheme.ts';
import { semver } from './semver.ts';

export type { Order, SchemeId, Unparsed, VersionScheme } from './scheme.ts';
export { isParsed } from './scheme.ts';

/** Every scheme there is. */
export const schemes: readonly VersionScheme[] = [deb, apk, semver, npm];

/** @throws {AppError} `version_scheme_unknown`, naming the schemes that exist. */
export function schemeById(id: string): VersionScheme {
  const scheme = schemes.find((candidate) => candidate.id === id);
  if (scheme) return scheme;
  const known = schemes.map((candidate) => candidate.id);
  throw new AppError('version_scheme_unknown', {
    subject: `${JSON.stringify(id.slice(0, 100))} is none of ${known.join(', ')}`,
    detail: { id: id.slice(0, 100), known },
  });
}
