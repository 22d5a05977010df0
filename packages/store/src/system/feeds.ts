import type { SystemTx } from '../tx.ts';

/** Where advisories come from: one ecosystem of a place. */
export interface Feed {
  readonly id: string;
  /** Without its release. */
  readonly ecosystem: string;
  readonly place: string;
  /** The newest change of any record, RFC 3339 UTC to the second. */
  readonly newest: string;
  readonly records: number;
  readonly refused: number;
  /** Full texts (`Debian:12`) that its records are about, sorted. */
  readonly ecosystems: readonly string[];
}

/** What is stored of a record. */
export interface FeedRecord {
  readonly name: string;
  readonly fingerprint: string;
  /** The newest change that is known to be in it, RFC 3339. */
  readonly modified: string | null;
  /** Why the newest file of it could not be read. */
  readonly refused: string | null;
  /** Null when none of its files could ever be read. */
  readonly advisoryId: number | null;
}

/** Every feed, by its id; `importedAt` is when it last changed anything. */
export async function allFeeds(tx: SystemTx): Promise<(Feed & { readonly importedAt: string })[]> {
  return tx.query({
    name: 'feeds.all',
    text: `select id, ecosystem, place, newest, records, refused, ecosystems, imported_at as "importedAt"
      from content.feeds order by id`,
  });
}

export async function feedOf(tx: SystemTx, feedId: string): Promise<Feed | null> {
  const [feed] = await tx.query<Feed>({
    name: 'feeds.one',
    text: 'select id, ecosystem, place, newest, records, refused, ecosystems from content.feeds where id = $1',
    values: [feedId],
  });
  return feed ?? null;
}

export async function saveFeed(
  tx: SystemTx,
  { id, ecosystem, place, newest, records, refused, ecosystems }: Feed,
): Promise<void> {
  await tx.query({
    name: 'feeds.save',
    text: `insert into content.feeds (id, ecosystem, place, newest, records, refused, ecosystems)
      values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (id) do update set place = excluded.place, newest = excluded.newest, records = excluded.records,
        refused = excluded.refused, ecosystems = excluded.ecosystems, imported_at = now()`,
    values: [id, ecosystem, place, newest, records, refused, ecosystems],
  });
}

/** Every record of a feed. */
export async function recordsOf(tx: SystemTx, feedId: string): Promise<FeedRecord[]> {
  return tx.query<FeedRecord>({
    name: 'feeds.records',
    text: `select name, fingerprint, modified, refused, advisory_id as "advisoryId"
      from content.feed_records where feed_id = $1`,
    values: [feedId],
  });
}

/** The full texts of the ecosystems that a feed's records are about, sorted. */
export async function ecosystemsOf(tx: SystemTx, feedId: string): Promise<string[]> {
  const rows = await tx.query<{ ecosystem: string }>({
    name: 'feeds.ecosystems',
    text: `select distinct f.entry->>'ecosystem' collate "C" as ecosystem
      from content.advisories a join content.affected f on f.advisory_id = a.id where a.feed_id = $1 order by 1`,
    values: [feedId],
  });
  return rows.map(({ ecosystem }) => ecosystem);
}
