import type { Cataloger } from './cataloger.ts';

interface Want {
  readonly cataloger: Cataloger;
  readonly matches: (parent: string, name: string) => boolean;
}

/**
 * One function that tells which catalogers want a path. Most paths are decided by one look-up of their name; only
 * patterns with `*` are tried one by one.
 */
export function compileWants(catalogers: readonly Cataloger[]): (path: string) => readonly Cataloger[] {
  const byName = new Map<string, Want[]>();
  const patterns: Want[] = [];
  for (const cataloger of catalogers) {
    for (const pattern of cataloger.wants) {
      const [name = '', parent = '*'] = pattern.split('/').reverse();
      const [isParent, isName] = [compile(parent), compile(name)];
      const want = { cataloger, matches: (folder: string, base: string) => isName(base) && isParent(folder) };
      if (name.includes('*')) patterns.push(want);
      else byName.set(name, [...(byName.get(name) ?? []), want]);
    }
  }
  return (path) => {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const parent = slash === -1 ? '' : path.slice(path.lastIndexOf('/', slash - 1) + 1, slash);
    let found: Cataloger[] | null = null;
    for (const list of [byName.get(name), patterns]) {
      for (const { cataloger, matches } of list ?? []) {
        if (!matches(parent, name) || found?.includes(cataloger)) continue;
        found ??= [];
        found.push(cataloger);
      }
    }
    return found ?? nobody;
  };
}

const nobody: readonly Cataloger[] = [];

function compile(glob: string): (text: string) => boolean {
  if (glob === '*') return () => true;
  const star = glob.indexOf('*');
  if (star === -1) return (text) => text === glob;
  const [start, end] = [glob.slice(0, star), glob.slice(star + 1)];
  if (end.includes('*')) throw new TypeError(`A wanted name has more than one star: ${glob}`);
  return (text) => text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
