import type { PackageFinding, PackageIdentity } from '@soupcon/model';
import type { SystemTx } from '../tx.ts';
import { CopyRows } from './copy-text.ts';
import type { PackageName } from './packages.ts';

/** A distinct package as the store has it. */
export interface StoredPackage extends PackageIdentity {
  readonly id: number;
  readonly purl: string;
}

/** A finding that holds. */
export interface OpenFinding {
  readonly id: number;
  readonly packageId: number;
  readonly flaw: string;
  readonly document: PackageFinding;
}

type PackageRow = Omit<StoredPackage, 'source'> & {
  readonly sourceName: string | null;
  readonly sourceVersion: string | null;
};

/** The packages of these ids that are there, by id. */
export async function packagesOf(tx: SystemTx, ids: readonly number[]): Promise<StoredPackage[]> {
  const rows = await tx.query<PackageRow>({
    name: 'findings.packages',
    text: `select id, purl, type, namespace, name, version, architecture, source_name as "sourceName",
        source_version as "sourceVersion", context
      from content.packages where id = any($1) order by id`,
    values: [ids],
  });
  return rows.map(({ sourceName, sourceVersion, ...rest }) => ({
    ...rest,
    source: sourceName === null ? null : { name: sourceName, version: sourceVersion ?? '' },
  }));
}

/**
 * What holds for these packages, and the instant at which it may end: the start of the transaction, or the newest of what
 * holds where another transaction began later and was done sooner.
 */
export async function openOf(
  tx: SystemTx,
  packageIds: readonly number[],
): Promise<{ readonly at: string; readonly open: readonly OpenFinding[] }> {
  const open = await tx.query<OpenFinding>({
    name: 'findings.open',
    text: `select id, package_id as "packageId", flaw, document from content.findings
      where package_id = any($1) and until is null`,
    values: [packageIds],
  });
  const [row] = await tx.query<{ at: string }>({
    name: 'findings.instant',
    text: `select greatest(now(), max(since)) as at from content.findings where package_id = any($1) and until is null`,
    values: [packageIds],
  });
  return { at: row?.at ?? '', open };
}

/** These hold no longer. @param at RFC 3339. */
export async function close(tx: SystemTx, ids: readonly number[], at: string): Promise<void> {
  if (ids.length === 0) return;
  await tx.query({
    name: 'findings.close',
    text: 'update content.findings set until = $2 where id = any($1)',
    values: [ids, at],
  });
}

/** These hold from now on. @param at RFC 3339. */
export async function open(
  tx: SystemTx,
  found: readonly { readonly packageId: number; readonly finding: PackageFinding }[],
  at: string,
): Promise<void> {
  if (found.length === 0) return;
  const rows = new CopyRows();
  for (const { packageId, finding } of found) {
    const { id, state, severity, fixedIn, aliases, advisories } = finding;
    const names = [...new Set([id, ...aliases, ...advisories])];
    rows.add(packageId, id, state, severity, fixedIn, names, JSON.stringify(finding), at);
  }
  await tx.copy(
    {
      name: 'findings.insert',
      text: 'copy content.findings (package_id, flaw, state, severity, fixed_in, names, document, since) from stdin',
    },
    rows.pieces(),
  );
}

/** Notes that these were judged by this version of the matcher; writes where another one did. */
export async function judgedBy(tx: SystemTx, packageIds: readonly number[], matcher: number): Promise<void> {
  await tx.query({
    name: 'findings.judged',
    text: 'update content.packages set matcher = $2 where id = any($1) and matcher <> $2',
    values: [packageIds, matcher],
  });
}

/** Some packages that another version of the matcher has judged. */
export async function judgedByOthers(tx: SystemTx, matcher: number, limit: number): Promise<number[]> {
  const rows = await tx.query<{ id: number }>({
    name: 'findings.judgedByOthers',
    text: `(select id from content.packages where matcher < $1 order by matcher limit $2)
      union all (select id from content.packages where matcher > $1 order by matcher limit $2) limit $2`,
    values: [matcher, limit],
  });
  return rows.map(({ id }) => id);
}

/** The packages that are found under any of these names. */
export async function packagesNamed(tx: SystemTx, names: readonly PackageName[]): Promise<number[]> {
  const rows = await tx.query<{ id: number }>({
    name: 'findings.packagesNamed',
    text: `select distinct p.package_id as id
      from unnest($1::text[], $2::text[]) as wanted (ecosystem, name)
      join content.package_names p on p.ecosystem = wanted.ecosystem and p.name = wanted.name
      order by 1`,
    values: [names.map(({ ecosystem }) => ecosystem), names.map(({ name }) => name)],
  });
  return rows.map(({ id }) => id);
}

/** Makes the names of these packages those given; writes where they differ. */
export async function replaceNames(
  tx: SystemTx,
  packageIds: readonly number[],
  names: readonly (PackageName & { readonly packageId: number })[],
): Promise<void> {
  const columns = [
    names.map(({ ecosystem }) => ecosystem),
    names.map(({ name }) => name),
    names.map(({ packageId }) => packageId),
  ];
  await tx.query({
    name: 'findings.dropNames',
    text: `delete from content.package_names where package_id = any($4) and (ecosystem, name, package_id) not in
      (select * from unnest($1::text[], $2::text[], $3::bigint[]))`,
    values: [...columns, packageIds],
  });
  await tx.query({
    name: 'findings.addNames',
    text: `insert into content.package_names (ecosystem, name, package_id)
      select * from unnest($1::text[], $2::text[], $3::bigint[]) on conflict do nothing`,
    values: columns,
  });
}
