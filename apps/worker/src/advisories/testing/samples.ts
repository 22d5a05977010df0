import type { Package } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';
import { matchStored } from '../../match/match-stored.ts';
import { namesOf } from '../../match/names.ts';

/** A record that says that these Debian 12 packages are affected below a version. */
export function debianRecord(id: string, names: readonly string[], fixed: string, more: object = {}): object {
  const affected = names.map((name) => ({
    package: { ecosystem: 'Debian:12', name },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
  }));
  return { id, modified: '2024-01-01T00:00:00Z', summary: `a flaw in ${names.join()}`, affected, ...more };
}

/** A package as a scan finds it; `type` and `distro` tell its rules. */
export function somePackage(
  type: string,
  name: string,
  version: string,
  distro: string | null = null,
  more: Partial<Package> = {},
): Package {
  const [id = '', versionId = null] = distro?.split(' ') ?? [];
  return {
    purl: `pkg:${type}/${distro === null ? '' : `${id}/`}${name}@${version}?distro=${distro?.replace(' ', '-') ?? ''}`,
    type,
    namespace: null,
    name,
    version,
    architecture: null,
    source: null,
    context: { distro: distro === null ? null : { id, versionId, versionCodename: null } },
    licenses: [],
    locations: [],
    introducedIn: 0,
    foundBy: 'test',
    aliases: [],
    ...more,
  };
}

export const debianPackage = (name: string, version: string) => somePackage('deb', name, version, 'debian 12');

/** As a scan's transaction does it. @returns ids by purl. */
export async function storePackages(store: Store, packages: readonly Package[]): Promise<ReadonlyMap<string, number>> {
  return store.asSystem(async (tx) => {
    await system.locks.sharedMatching(tx);
    const { ids, added } = await system.packages.savePackages(tx, packages, 1, namesOf);
    await matchStored(tx, added);
    return ids;
  });
}

export interface StoredFinding {
  readonly purl: string;
  readonly flaw: string;
  readonly fixedIn: string | null;
  readonly since: string;
  readonly until: string | null;
}

/** Every finding there ever was, by package, flaw and time. */
export async function findingsIn(store: Store): Promise<StoredFinding[]> {
  return store.asSystem((tx) =>
    tx.query<StoredFinding>({
      name: 'test.findings',
      text: `select p.purl, f.flaw, f.fixed_in as "fixedIn", f.since, f.until
        from content.findings f join content.packages p on p.id = f.package_id
        order by p.purl collate "C", f.flaw collate "C", f.since, f.until`,
    }),
  );
}

const tables = ['advisories', 'affected', 'feeds', 'feed_records', 'packages', 'package_names', 'findings'];

/** What any written row changes: how many there are, and the newest transaction that wrote one that is there. */
export async function writtenState(store: Store): Promise<unknown> {
  const counts = tables.map(
    (table) => `select '${table}' as t, count(*), max(xmin::text::bigint) from content.${table}`,
  );
  return store.asSystem((tx) => tx.query({ name: 'test.written', text: counts.join(' union all ') }));
}
