import { matcherVersion, matchPackage } from '@soupcon/matcher';
import type { AdvisoryIndex, Finding, PackageFinding } from '@soupcon/model';
import { type SystemTx, system } from '@soupcon/store';
import { canonicalJson } from './canonical-json.ts';
import { namesOf } from './names.ts';
import { loadStored } from './stored-index.ts';

/** What was written: findings that hold from now on, and such that hold no longer. One that changed counts in both. */
export interface MatchChange {
  readonly opened: number;
  readonly closed: number;
}

/** Packages held in memory at once with the advisories under their names; a kernel has some ten thousand of these. */
const packagesAtOnce = 500;

type OpenFinding = Awaited<ReturnType<typeof system.findings.openOf>>['open'][number];

/**
 * Holds packages of the store against its advisories and writes what differs from the findings that hold: nothing when
 * nothing does. What ends and what takes its place have the same instant. The caller has taken `locks.sharedMatching`
 * for packages that it inserted itself, or `locks.exclusiveMatching`.
 */
export async function matchStored(tx: SystemTx, packageIds: readonly number[]): Promise<MatchChange> {
  let [opened, closed] = [0, 0];
  for (let at = 0; at < packageIds.length; at += packagesAtOnce) {
    const change = await matchSome(tx, packageIds.slice(at, at + packagesAtOnce));
    opened += change.opened;
    closed += change.closed;
  }
  return { opened, closed };
}

async function matchSome(tx: SystemTx, ids: readonly number[]): Promise<MatchChange> {
  const packages = await system.findings.packagesOf(tx, ids);
  const names = new Map(packages.flatMap(namesOf).map((name) => [`${name.ecosystem}\0${name.name}`, name]));
  const index = await loadStored(tx, [...names.values()]);
  const { at, open } = await system.findings.openOf(tx, ids);
  const { gone, added } = difference(
    open,
    packages.flatMap((one) => findingsOf(one, index)),
  );
  await system.findings.close(tx, gone, at);
  await system.findings.open(tx, added, at);
  await system.findings.judgedBy(tx, ids, matcherVersion);
  return { opened: added.length, closed: gone.length };
}

interface Found {
  readonly packageId: number;
  readonly finding: PackageFinding;
}

/** A flaw is found once in a package: `groupFlaws` gives every name of one to a single group. */
function findingsOf(stored: system.findings.StoredPackage, index: Pick<AdvisoryIndex, 'lookup'>): Found[] {
  const nowhere = { licenses: [], locations: [], introducedIn: 0, foundBy: '', aliases: [] };
  return matchPackage({ ...stored, ...nowhere }, index).map((finding) => ({
    packageId: stored.id,
    finding: withoutImage(finding),
  }));
}

/** What of a finding is the same in every image. */
function withoutImage({ package: _package, layer: _layer, suppressed: _suppressed, ...rest }: Finding): PackageFinding {
  return rest;
}

/** Ids of what holds no longer as it is, and what is not there as it is. */
function difference(open: readonly OpenFinding[], found: readonly Found[]) {
  const left = new Map(open.map((one) => [keyOf(one.packageId, one.flaw), one]));
  const added = found.filter(({ packageId, finding }) => {
    const key = keyOf(packageId, finding.id);
    const held = left.get(key);
    if (held === undefined || canonicalJson(held.document) !== canonicalJson(finding)) return true;
    left.delete(key);
    return false;
  });
  return { gone: [...left.values()].map(({ id }) => id), added };
}

const keyOf = (packageId: number, flaw: string) => `${packageId} ${flaw}`;
