import type { AffectedPackage } from '@soupcon/model';
import { storable } from '../storable.ts';
import type { NamedStatement, SystemTx } from '../tx.ts';
import type { AdvisoryDocument } from './advisories.ts';
import { CopyRows } from './copy-text.ts';
import type { FeedRecord } from './feeds.ts';
import type { PackageName } from './packages.ts';

/** Advisories as rows to copy. Plain, so that it passes from thread to thread. */
export interface AdvisoryRows {
  readonly advisories: readonly Uint8Array[];
  readonly affected: readonly Uint8Array[];
  /** Whom they are about, each once. */
  readonly names: readonly PackageName[];
  /** Full texts (`Debian:12`) of the ecosystems that they are about, each once. */
  readonly ecosystems: readonly string[];
}

/** Makes rows of the advisories of a feed, so that what they were read from can be let go of at once. */
export class AdvisoryPacker {
  readonly #feedId: string;
  readonly #ecosystem: string;
  readonly #advisories = new CopyRows();
  readonly #affected = new CopyRows();
  readonly #names = new Set<string>();
  readonly #ecosystems = new Set<string>();

  /** @param ecosystem of the feed, without a release: its entries are for no other. */
  constructor(feedId: string, ecosystem: string) {
    this.#feedId = feedId;
    this.#ecosystem = ecosystem;
  }

  /** @param entries in the order of the record; `name` as normalised for the ecosystem. */
  add(
    id: number,
    document: AdvisoryDocument,
    entries: readonly { readonly name: string; readonly entry: AffectedPackage }[],
  ): void {
    this.#advisories.add(id, this.#feedId, document.id, jsonOf(document));
    let position = 0;
    for (const { name, entry } of entries) {
      this.#affected.add(id, position, this.#ecosystem, name, jsonOf(entry));
      this.#names.add(storable(name));
      this.#ecosystems.add(storable(entry.ecosystem));
      position += 1;
    }
  }

  rows(): AdvisoryRows {
    const names = [...this.#names].map((name) => ({ ecosystem: this.#ecosystem, name }));
    const ecosystems = [...this.#ecosystems];
    return { advisories: this.#advisories.pieces(), affected: this.#affected.pieces(), names, ecosystems };
  }
}

/** Without what Postgres keeps as JSON and then cannot give as text: NUL and halves of surrogate pairs. */
function jsonOf(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes('\\u')) return json;
  return json.replace(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g, (found) => (found === '\\\\' ? found : '\ufffd'));
}

/** Ids for advisories to come; those that are not used are lost, which is no harm. */
export async function reserveIds(tx: SystemTx, count: number): Promise<number[]> {
  const rows = await tx.query<{ id: number }>({
    name: 'staging.reserve',
    text: `select nextval(pg_get_serial_sequence('content.advisories', 'id')) as id from generate_series(1, $1)`,
    values: [count],
  });
  return rows.map(({ id }) => id);
}

/** Records that the feed has none of yet: straight into the tables, as there is nothing to compare them with. */
export async function insertRecords(
  tx: SystemTx,
  feedId: string,
  records: readonly FeedRecord[],
  { advisories, affected }: AdvisoryRows,
): Promise<void> {
  await copy(tx, 'staging.insertAdvisories', 'content.advisories', advisories);
  await copy(tx, 'staging.insertAffected', 'content.affected', affected);
  const rows = new CopyRows();
  for (const { name, fingerprint, modified, refused, advisoryId } of records) {
    rows.add(feedId, name, fingerprint, modified, refused, advisoryId);
  }
  const columns = '(feed_id, name, fingerprint, modified, refused, advisory_id)';
  await copy(tx, 'staging.insertRecords', `content.feed_records ${columns}`, rows.pieces());
}

/**
 * Records that the feed has already: staged, compared, and only what differs is written.
 * @param rows those that could be read and say anything new; the advisories of the others stay as they are.
 * @returns every name, old and new, of the advisories in which anything differs.
 */
export async function replaceRecords(
  tx: SystemTx,
  feedId: string,
  records: readonly FeedRecord[],
  rows: AdvisoryRows,
): Promise<PackageName[]> {
  await stage(tx, rows);
  const names = await tx.query<PackageName>({ name: 'staging.names', text: differingNames });
  for (const statement of writeDifferences) await tx.query(statement);
  await updateRecords(tx, feedId, records);
  return names;
}

async function stage(tx: SystemTx, { advisories, affected }: AdvisoryRows): Promise<void> {
  await tx.query({
    name: 'staging.advisoriesTable',
    text: `create temporary table if not exists staged_advisories (id bigint primary key, feed_id text, name text, document json)
      on commit delete rows`,
  });
  await tx.query({
    name: 'staging.affectedTable',
    text: `create temporary table if not exists staged_affected
      (advisory_id bigint, position integer, ecosystem text, name text, entry json, primary key (advisory_id, position))
      on commit delete rows`,
  });
  await copy(tx, 'staging.advisories', 'staged_advisories', advisories);
  await copy(tx, 'staging.affected', 'staged_affected', affected);
}

const isSame = `(o.ecosystem, o.name, o.entry::text) is not distinct from (n.ecosystem, n.name, n.entry::text)`;
const oldEntries = `(select f.* from content.affected f join staged_advisories s on s.id = f.advisory_id)`;

/** Names of an advisory of which the document or any entry differs: matching one flaw depends on all it says. */
const differingNames = `with differing as materialized (
    select s.id from staged_advisories s left join content.advisories a using (id)
      where a.document::text is distinct from s.document::text
    union
    select advisory_id from ${oldEntries} o full join staged_affected n using (advisory_id, position) where not ${isSame})
  select ecosystem, name from staged_affected where advisory_id in (select id from differing)
  union
  select ecosystem, name from ${oldEntries} o where advisory_id in (select id from differing)`;

const writeDifferences: readonly NamedStatement[] = [
  {
    name: 'staging.changeAdvisories',
    text: `update content.advisories a set name = s.name, document = s.document from staged_advisories s
      where a.id = s.id and a.document::text <> s.document::text`,
  },
  // Of records that could never be read before.
  {
    name: 'staging.addAdvisories',
    text: `insert into content.advisories (id, feed_id, name, document) overriding system value
      select s.id, s.feed_id, s.name, s.document from staged_advisories s
      where not exists (select from content.advisories a where a.id = s.id)`,
  },
  {
    name: 'staging.dropAffected',
    text: `delete from content.affected o using staged_advisories s where o.advisory_id = s.id and not exists
      (select from staged_affected n where n.advisory_id = o.advisory_id and n.position = o.position and ${isSame})`,
  },
  {
    name: 'staging.addAffected',
    text: `insert into content.affected select n.* from staged_affected n where not exists
      (select from content.affected o where o.advisory_id = n.advisory_id and o.position = n.position)`,
  },
];

async function updateRecords(tx: SystemTx, feedId: string, records: readonly FeedRecord[]): Promise<void> {
  const column = <Key extends keyof FeedRecord>(key: Key) => records.map((one) => one[key]);
  await tx.query({
    name: 'staging.updateRecords',
    text: `update content.feed_records r
      set fingerprint = n.fingerprint, modified = n.modified, refused = n.refused, advisory_id = n.advisory_id
      from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
        as n (name, fingerprint, modified, refused, advisory_id)
      where r.feed_id = $1 and r.name = n.name and (r.fingerprint, r.modified, r.refused, r.advisory_id)
        is distinct from (n.fingerprint, n.modified, n.refused, n.advisory_id)`,
    values: [feedId, ...(['name', 'fingerprint', 'modified', 'refused', 'advisoryId'] as const).map(column)],
  });
}

/** Records that the feed has no longer. @returns the names that their advisories were about. */
export async function dropRecords(
  tx: SystemTx,
  feedId: string,
  records: readonly FeedRecord[],
): Promise<PackageName[]> {
  const ids = records.flatMap(({ advisoryId }) => advisoryId ?? []);
  const names = await tx.query<PackageName>({
    name: 'staging.namesOf',
    text: 'select distinct ecosystem, name from content.affected where advisory_id = any($1)',
    values: [ids],
  });
  await tx.query({
    name: 'staging.dropAdvisories',
    text: `with gone as (delete from content.advisories where id = any($1))
      delete from content.affected where advisory_id = any($1)`,
    values: [ids],
  });
  await tx.query({
    name: 'staging.dropRecords',
    text: 'delete from content.feed_records where feed_id = $1 and name = any($2)',
    values: [feedId, records.map(({ name }) => name)],
  });
  return names;
}

async function copy(tx: SystemTx, name: string, into: string, pieces: readonly Uint8Array[]): Promise<void> {
  if (pieces.length > 0) await tx.copy({ name, text: `copy ${into} from stdin` }, pieces);
}
