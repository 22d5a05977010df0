import { type Distro, type Problem, problem } from '@soupcon/model';
import type { Cataloger } from '../cataloger.ts';
import { managers } from './managers.ts';

/** That a file is there is all that is known of it. */
export interface PresenceFacts {
  readonly present: true;
}

/** Says that there is a package database that cannot be read yet, so that its image does not look clean. */
export const unsupported: Cataloger<PresenceFacts> = {
  id: 'unsupported',
  version: 1,
  source: 'https://github.com/package-url/purl-spec/blob/main/purl-types-index.json',
  wants: managers.flatMap(({ wants }) => wants),
  read: () => ({ present: true }),
  *resolve(view) {
    const said = new Set<string>();
    for (const { path, layer } of view.files()) {
      const name = managers.find(({ at }) => at.test(path))?.name;
      if (name === undefined || said.has(name)) continue;
      said.add(name);
      yield problem('distribution_unsupported', { path, layer, more: `${name} database` });
    }
  },
};

/** Distributions whose packages are read, by id or by one of those they say they are like. */
const readable = new Set(['debian', 'ubuntu', 'alpine', 'wolfi', 'chainguard']);

/** The problem of a distribution of another kind, of which no package was read; null for one that is read. */
export function unsupportedDistribution(distro: Distro): Problem | null {
  if ([distro.id, ...distro.idLike].some((id) => readable.has(id))) return null;
  return problem('distribution_unsupported', { more: distro.prettyName ?? distro.id });
}
