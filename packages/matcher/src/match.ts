import {
  type AdvisoryIndex,
  byKeys,
  compareText,
  type Evidence,
  type Finding,
  type Package,
  type PackageIdentity,
  severities,
} from '@soupcon/model';
import type { Family, Row } from './families/family.ts';
import { familyOf } from './families/index.ts';
import { fixOf } from './fix.ts';
import { type Flaw, groupFlaws, type Match } from './flaws.ts';
import { judge } from './judge.ts';
import { ratingsOf } from './severity.ts';

/** What is stored was judged by this: raise it when the same package and advisories may yield other names or findings. */
export const matcherVersion = 1;

/**
 * Names to load advisories for; `ecosystem` without its release, `names` as normalised for it. Empty for a package that
 * there are no rules for.
 */
export function advisoryKeys(
  pkg: PackageIdentity,
): { readonly ecosystem: string; readonly names: readonly string[] }[] {
  const family = familyOf(pkg);
  if (family === null || family.unmatched(pkg) !== null) return [];
  const names = new Map<string, string[]>();
  for (const { ecosystem, name } of family.queries(pkg)) names.set(ecosystem, [...(names.get(ecosystem) ?? []), name]);
  return [...names].map(([ecosystem, list]) => ({ ecosystem, names: list }));
}

/**
 * Every known flaw of every package, worst first, then by id and package: the same input gives the same bytes.
 * A package's purl may occur once only. Pure; never fails on what an advisory says.
 */
export function matchPackages(packages: readonly Package[], index: Pick<AdvisoryIndex, 'lookup'>): Finding[] {
  return packages.flatMap((pkg) => matchPackage(pkg, index)).sort(inOrder);
}

const inOrder = byKeys<Finding>(
  ({ severity }) => severities.indexOf(severity),
  ({ id }) => id,
  (finding) => finding.package,
  ({ layer }) => layer,
);

/** The flaws of one package, in the order of {@link matchPackages}. */
export function matchPackage(pkg: Package, index: Pick<AdvisoryIndex, 'lookup'>): Finding[] {
  const family = familyOf(pkg);
  if (family === null || family.unmatched(pkg) !== null) return [];
  const kernelHeaders = family.isKernelHeaders?.(pkg) ?? false;
  return groupFlaws(matchesOf(family, pkg, index))
    .map((flaw) => findingOf(pkg, flaw, kernelHeaders))
    .sort(inOrder);
}

/** The advisories that do not say "unaffected", each with its entries. What was withdrawn is not one. */
function matchesOf(family: Family, pkg: Package, index: Pick<AdvisoryIndex, 'lookup'>): Match[] {
  const byAdvisory = new Map<string, Row[]>();
  for (const query of family.queries(pkg)) {
    for (const { advisory, affected } of index.lookup(query.ecosystem, query.name)) {
      if (advisory.withdrawn !== null || !family.applies(pkg, affected.ecosystem)) continue;
      const row = { query, advisory, affected, verdict: judge(affected, query.version) };
      const rows = byAdvisory.get(advisory.id);
      if (rows === undefined) byAdvisory.set(advisory.id, [row]);
      else rows.push(row);
    }
  }
  return [...byAdvisory.values()].flatMap((all) => {
    const rows = family.settle?.(pkg, all) ?? all.filter(({ verdict }) => verdict.verdict !== 'unaffected');
    const decided = rows.filter(({ verdict }) => verdict.verdict === 'affected');
    const [first] = rows;
    return first === undefined ? [] : [{ advisory: first.advisory, rows: decided.length > 0 ? decided : rows, all }];
  });
}

/** One record that says "affected" outweighs any that cannot tell. */
function findingOf(pkg: Package, { id, aliases, matches }: Flaw, kernelHeaders: boolean): Finding {
  const affected = matches.filter(({ rows }) => rows.some(({ verdict }) => verdict.verdict === 'affected'));
  const telling = affected.length > 0 ? affected : matches;
  return {
    id,
    aliases,
    advisories: telling.map(({ advisory }) => advisory.id),
    package: pkg.purl,
    state: affected.length > 0 ? 'affected' : 'undetermined',
    ...fixOf(telling),
    ...ratingsOf(telling, kernelHeaders),
    kev: false,
    epss: null,
    layer: pkg.introducedIn,
    suppressed: null,
    evidence: telling.flatMap(evidenceOf),
    summary: summaryOf(id, telling),
  };
}

/** The entry that tells most: one that names a fix, else the first. */
function evidenceOf({ advisory, rows }: Match): Evidence[] {
  const row = rows.find(({ verdict }) => verdict.verdict === 'affected' && verdict.range?.fixed != null) ?? rows[0];
  if (row === undefined || row.verdict.verdict === 'unaffected') return [];
  const { query, affected, verdict } = row;
  return [
    {
      advisory: advisory.id,
      modified: advisory.modified,
      ecosystem: affected.ecosystem,
      name: affected.name,
      version: query.version,
      scheme: row.verdict.scheme,
      range: row.verdict.range,
      undetermined: verdict.verdict === 'undetermined' ? verdict.because : null,
    },
  ];
}

/** Of records about this flaw alone before errata, which name a package and many flaws. */
function summaryOf(id: string, matches: readonly Match[]): string | null {
  const isErratum = ({ advisory }: Match) => advisory.upstream.length > 0 && !advisory.id.endsWith(id);
  const ordered = matches.toSorted(
    (a, b) => Number(isErratum(a)) - Number(isErratum(b)) || compareText(a.advisory.id, b.advisory.id),
  );
  return ordered.find(({ advisory }) => advisory.summary !== null)?.advisory.summary ?? null;
}
