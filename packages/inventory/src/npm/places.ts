/** Where Debian's node looks for packages, beside node_modules directories. */
const debianPlace = /^(?:.*\/)?usr\/(?:share|lib|lib\/[^/]+)\/nodejs\/(.+)$/;

/**
 * What a package.json is by its place. `installed` stands in a package's own directory, counted from the last
 * node_modules: a file deeper than that is a stub for a part of a package, or a test's. Outside of node_modules it is
 * an `application`.
 */
export function manifestPlace(path: string): 'installed' | 'application' | 'part' {
  const marker = '/node_modules/';
  const at = `/${path}`.lastIndexOf(marker);
  const inside = at === -1 ? debianPlace.exec(path)?.[1] : `/${path}`.slice(at + marker.length);
  if (inside === undefined) return 'application';
  return /^(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(inside) ? 'installed' : 'part';
}
