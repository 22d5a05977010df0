import type { LayerEntry } from './image-layer.ts';

/**
 * Packages at versions with well-known flaws, for something to be found in an image whose packages are otherwise those of
 * this program, which are up to date. Of each there is its description alone, which is what says that it is installed.
 */
const outdated: Readonly<Record<string, string>> = {
  lodash: '4.17.11',
  minimist: '1.2.0',
  qs: '6.5.2',
  tar: '6.1.0',
  ws: '7.4.5',
};

/** As npm names them: `lodash@4.17.11`. */
export const outdatedPackages: readonly string[] = Object.entries(outdated).map((pair) => pair.join('@'));

export function outdatedEntries(prefix: string): LayerEntry[] {
  return Object.entries(outdated).map(([name, version]) => ({
    kind: 'bytes',
    path: `${prefix}/node_modules/${name}/package.json`,
    bytes: new TextEncoder().encode(`${JSON.stringify({ name, version, license: 'MIT' }, null, 2)}\n`),
  }));
}
