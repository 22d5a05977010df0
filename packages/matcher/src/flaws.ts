import { type Advisory, compareText } from '@soupcon/model';
import type { Row } from './families/family.ts';

/** One advisory that concerns a package. `rows` make the verdict; `all` are its entries for the package's release. */
export interface Match {
  readonly advisory: Advisory;
  readonly rows: readonly Row[];
  readonly all: readonly Row[];
}

/** One flaw with the records that tell of it. `id` is its CVE where it has one; `aliases` its other names, sorted. */
export interface Flaw {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Sorted by advisory. */
  readonly matches: readonly Match[];
}

/**
 * Groups what was found in one package by flaw. `aliases` are the same flaw, both ways and through each other, so they
 * are united. `upstream` is one-way and may name many: such a record counts for each flaw it names, and joins nothing,
 * else one erratum for twelve CVEs would make one flaw of them.
 */
export function groupFlaws(matches: readonly Match[]): Flaw[] {
  const names = new Names();
  const told = matches.map((match) => ({ match, flaws: flawsOf(match.advisory) }));
  for (const { match, flaws } of told) {
    const [first, ...more] = flaws;
    if (first !== undefined && more.length === 0)
      for (const alias of match.advisory.aliases) names.unite(first, bare(alias));
  }
  const groups = new Map<string, Match[]>();
  for (const { match, flaws } of told) {
    for (const root of new Set(flaws.map((flaw) => names.rootOf(flaw)))) {
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [match]);
      else group.push(match);
    }
  }
  const united = names.byRoot();
  return [...groups].map(([root, members]) => describe(united.get(root) ?? [root], members));
}

/** The flaws a record tells of: those upstream, its CVEs if it names any; else itself. */
function flawsOf({ id, upstream }: Advisory): string[] {
  if (upstream.length === 0) return [bare(id)];
  const named = [...new Set(upstream.map(bare))];
  const cves = named.filter(isCve);
  return cves.length > 0 ? cves : named;
}

/** A distribution's name for a CVE is that CVE: `DEBIAN-CVE-2024-1` and, in older data, `CVE-2024-1`. */
function bare(id: string): string {
  return id.replace(/^(?:DEBIAN|UBUNTU|ALPINE)-(?=CVE-)/, '');
}

const isCve = (id: string) => id.startsWith('CVE-');

function describe(ids: readonly string[], matches: readonly Match[]): Flaw {
  const own = new Set(matches.map(({ advisory }) => advisory.id));
  const [id = '', ...rest] = ids.toSorted((a, b) => rank(a, own) - rank(b, own) || compareIds(a, b));
  const sorted = matches.toSorted((a, b) => compareText(a.advisory.id, b.advisory.id));
  return { id, aliases: rest.sort(compareText), matches: sorted };
}

function rank(id: string, own: ReadonlySet<string>): number {
  if (isCve(id)) return 0;
  if (id.startsWith('GHSA-')) return 1;
  return own.has(id) ? 2 : 3;
}

/** Numbers in ids by value, so that of several CVEs the oldest is first: `CVE-2024-999` before `CVE-2024-1000`. */
function compareIds(a: string, b: string): number {
  const [left, right] = [a.split(/(\d+)/), b.split(/(\d+)/)];
  for (const [index, part] of left.entries()) {
    const other = right[index] ?? '';
    const order = (index % 2 === 1 ? part.length - other.length : 0) || compareText(part, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Union-find over ids. */
class Names {
  readonly #parents = new Map<string, string>();

  rootOf(id: string): string {
    const parent = this.#parents.get(id);
    if (parent === undefined) this.#parents.set(id, id);
    if (parent === undefined || parent === id) return id;
    let root = parent;
    for (let up = this.#parents.get(root); up !== undefined && up !== root; up = this.#parents.get(root)) root = up;
    // Every id on the way points to the root from now on, so that a chain is walked once.
    for (let at = id; at !== root; ) {
      const next = this.#parents.get(at) ?? root;
      this.#parents.set(at, root);
      at = next;
    }
    return root;
  }

  unite(a: string, b: string): void {
    const [left, right] = [this.rootOf(a), this.rootOf(b)];
    if (left !== right) this.#parents.set(right, left);
  }

  /** All ids ever asked for, by their root. */
  byRoot(): ReadonlyMap<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const id of [...this.#parents.keys()]) {
      const root = this.rootOf(id);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [id]);
      else group.push(id);
    }
    return groups;
  }
}
