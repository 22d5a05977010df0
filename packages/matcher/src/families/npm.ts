import { normaliseName } from '@soupcon/model';
import type { Family } from './family.ts';

/** npm: the name with its scope, the version as written in package.json. */
export const npm: Family = {
  id: 'npm',
  source: 'https://github.com/advisories?query=ecosystem%3Anpm',
  handles: ({ type }) => type === 'npm',
  unmatched: () => null,
  queries({ namespace, name, version }) {
    const full = namespace === null ? name : `${namespace}/${name}`;
    return [{ ecosystem: 'npm', name: normaliseName('npm', full), version }];
  },
  applies: (_, ecosystem) => ecosystem === 'npm',
  release: () => 'npm',
};
