import { createHash } from 'node:crypto';
import type { Package } from '@soupcon/model';
import { storable } from '../storable.ts';
import type { SystemTx } from '../tx.ts';

/** The name of a package as advisories of an ecosystem, without its release, are looked up by it. */
export interface PackageName {
  readonly ecosystem: string;
  readonly name: string;
}

export interface StoredPackages {
  /** Ids by the packages' purls. */
  readonly ids: ReadonlyMap<string, number>;
  /** Those that nobody had before: they have not been matched yet. */
  readonly added: readonly number[];
}

/**
 * Stores the distinct packages that are not there yet. In the order of their keys, so that two scans that store the same
 * ones wait for each other instead of locking each other out.
 * @param matcher the version of the matcher that is about to judge those added.
 */
export async function savePackages(
  tx: SystemTx,
  packages: readonly Package[],
  matcher: number,
  namesOf: (one: Package) => readonly PackageName[],
): Promise<StoredPackages> {
  const rows = packages.map(rowOf).sort((a, b) => (a.key < b.key ? -1 : 1));
  // Most are there: to ask first costs less than to insert what conflicts.
  const known = await find(tx, rows);
  const missing = rows.filter(({ key }) => !known.has(key));
  if (missing.length === 0) return { ids: idsOf(rows, known), added: [] };
  const inserted = await insert(tx, missing, matcher);
  const added = new Set(inserted.map(({ key }) => key));
  // Whoever inserted the same at the same moment was waited for, and is seen now.
  const all = missing.length === added.size ? new Map([...known, ...entriesOf(inserted)]) : await find(tx, rows);
  const names = missing
    .filter(({ key }) => added.has(key))
    .flatMap(({ key, given }) => namesOf(given).map((name) => ({ ...name, id: all.get(key) ?? 0 })));
  await saveNames(tx, names);
  return { ids: idsOf(rows, all), added: inserted.map(({ id }) => id) };
}

type Row = ReturnType<typeof rowOf>;
interface KeyedId extends Record<string, unknown> {
  readonly id: number;
  readonly key: string;
}

const entriesOf = (rows: readonly KeyedId[]) => rows.map(({ key, id }) => [key, id] as const);

function idsOf(rows: readonly Row[], byKey: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(
    rows.flatMap(({ key, given }) => {
      const id = byKey.get(key);
      return id === undefined ? [] : [[given.purl, id] as const];
    }),
  );
}

/** Ids by key of those that are there. */
async function find(tx: SystemTx, rows: readonly Row[]): Promise<Map<string, number>> {
  const found = await tx.query<KeyedId>({
    name: 'packages.find',
    text: `select id, encode(key, 'hex') as key from content.packages
      where key in (select decode(k, 'hex') from unnest($1::text[]) k)`,
    values: [rows.map(({ key }) => key)],
  });
  return new Map(entriesOf(found));
}

async function insert(tx: SystemTx, rows: readonly Row[], matcher: number): Promise<KeyedId[]> {
  return tx.query<KeyedId>({
    name: 'packages.save',
    text: `insert into content.packages
        (key, purl, type, namespace, name, version, architecture, source_name, source_version, context, matcher)
      select decode(p.key, 'hex'), p.purl, p.type, p.namespace, p.name, p.version, p.architecture, p."sourceName",
        p."sourceVersion", p.context, $2
      from jsonb_to_recordset($1) as p(key text, purl text, type text, namespace text, name text, version text,
        architecture text, "sourceName" text, "sourceVersion" text, context jsonb)
      on conflict (key) do nothing returning id, encode(key, 'hex') as key`,
    values: [JSON.stringify(rows.map(({ given: _, ...columns }) => columns)), matcher],
  });
}

async function saveNames(tx: SystemTx, names: readonly (PackageName & { readonly id: number })[]): Promise<void> {
  if (names.length === 0) return;
  await tx.query({
    name: 'packages.saveNames',
    text: `insert into content.package_names (ecosystem, name, package_id)
      select * from unnest($1::text[], $2::text[], $3::bigint[]) on conflict do nothing`,
    values: [
      names.map(({ ecosystem }) => ecosystem),
      names.map(({ name }) => storable(name)),
      names.map(({ id }) => id),
    ],
  });
}

function rowOf(given: Package) {
  const { purl, type, namespace, name, version, architecture, source, context } = given;
  const { distro, modularity = null } = context;
  const canonical = {
    purl: storable(purl),
    type,
    namespace: namespace === null ? null : storable(namespace),
    name: storable(name),
    version: storable(version),
    architecture: architecture === null ? null : storable(architecture),
    sourceName: source === null ? null : storable(source.name),
    sourceVersion: source === null ? null : storable(source.version),
    context: {
      distro: distro && {
        id: storable(distro.id),
        versionId: distro.versionId && storable(distro.versionId),
        versionCodename: distro.versionCodename && storable(distro.versionCodename),
      },
      ...(modularity === null ? {} : { modularity: storable(modularity) }),
    },
  };
  const key = createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 32);
  return { key, ...canonical, given };
}
