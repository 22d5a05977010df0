import { type BucketOptions, loadAdvisories } from '@soupcon/advisories';
import { advisoryKeys, matchPackages, unmatchedPackages } from '@soupcon/matcher';
import type { Package } from '@soupcon/model';
import type { Matched } from './pipeline.ts';

const examplesShown = 3;

/**
 * Loads the advisories that concern the packages and holds them against these. Loaded only when it is asked for.
 * @throws {AppError} `advisories_unavailable` when the place cannot be read, or `aborted`.
 */
export async function match(place: string, packages: readonly Package[], options: BucketOptions): Promise<Matched> {
  const { index, report } = await loadAdvisories(place, wantedNames(packages), options);
  options.signal?.throwIfAborted();
  const { count, examples } = report.refused;
  const named = examples.slice(0, examplesShown).map(({ id, reason }) => `${id} (${reason})`);
  const [records, were] = count === 1 ? ['record', 'was'] : ['records', 'were'];
  const refusal = `${count} advisory ${records} could not be read and ${were} left out, such as ${named.join(', ')}`;
  return {
    findings: matchPackages(packages, index),
    snapshot: index.snapshot,
    unmatched: unmatchedPackages(packages, index),
    warnings: count > 0 ? [refusal] : [],
  };
}

/** Names by ecosystem. */
function wantedNames(packages: readonly Package[]): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const one of packages) {
    for (const { ecosystem, names } of advisoryKeys(one)) {
      const known = wanted.get(ecosystem) ?? new Set();
      wanted.set(ecosystem, known);
      for (const name of names) known.add(name);
    }
  }
  return wanted;
}
