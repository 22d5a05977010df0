import type { SystemStatements } from '../tx.ts';

/** Where a delivery came in: what its address says. */
export interface HookAddress {
  readonly registryId: string;
  readonly provider: string;
  /** SHA-256 of the token. */
  readonly tokenHash: Uint8Array;
}

export interface HookEvent {
  /** The same when the sender says the same thing again. */
  readonly key: string;
  /** Without the registry's host. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly mediaType: string | null;
  /** RFC 3339. */
  readonly pushedAt: string | null;
}

/** What one request brought. */
export interface HookDelivery extends HookAddress {
  readonly events: readonly HookEvent[];
}

export interface HookOutcome {
  /** Events that had not come before. */
  readonly accepted: number;
  /** Of those, the ones that led to a scan or joined one; the others are of repositories that are not opted in. */
  readonly scans: number;
}

/** How long an event without a tag waits: it may be of an image of an index, whose own event follows. In seconds. */
const untaggedWaitS = 10;

/**
 * Takes deliveries in: their events and, for repositories that are opted in, what the ledger does not have open yet. One
 * statement, so one round trip and one commit however many deliveries there are, and each token is judged in the instant
 * in which it counts. What is held against a token is its SHA-256, of 256 random bits: how long a comparison takes tells
 * nothing about them.
 *
 * Measured: most of what a single delivery costs the database, some 250 us, is not its rows but the statement itself.
 * @returns one for each delivery, in their order; null where there is no such address.
 */
export async function receive(
  db: SystemStatements,
  deliveries: readonly HookDelivery[],
): Promise<(HookOutcome | null)[]> {
  const events = deliveries.flatMap((delivery, of) => delivery.events.map((event) => ({ of, ...event })));
  const rows = await db.query<HookOutcome & { of: number }>({
    name: 'hooks.receive',
    text: receiveText,
    values: [
      deliveries.map(({ registryId }) => registryId),
      deliveries.map(({ provider }) => provider),
      deliveries.map(({ tokenHash }) => tokenHash),
      events.map(({ of }) => of),
      events.map(({ key }) => key),
      events.map(({ repository }) => repository),
      events.map(({ tag }) => tag),
      events.map(({ digest }) => digest),
      events.map(({ mediaType }) => mediaType),
      events.map(({ pushedAt }) => pushedAt),
    ],
  });
  const outcomes = new Map(rows.map(({ of, accepted, scans }) => [of, { accepted, scans }]));
  return deliveries.map((_, of) => outcomes.get(of) ?? null);
}

// Rows go in in the order of their keys, so that those who bring the same events wait for one another. A scan that is
// open already is updated rather than left alone, because only then does the statement learn its id.
const receiveText = `
  with registry as (
    select d.of - 1 as of, g.id, g.organization_id
    from unnest($1::uuid[], $2::text[], $3::bytea[]) with ordinality as d(registry_id, provider, token_hash, of)
    join tenant.registries g on g.id = d.registry_id and g.provider = d.provider and g.hook_token_hash = d.token_hash
  ), event as (
    select distinct on (g.id, e.event_key) g.of, g.organization_id, g.id as registry_id, e.event_key, e.repository,
      e.tag, e.digest, e.media_type, e.pushed_at, r.id as repository_id
    from unnest($4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
      as e(of, event_key, repository, tag, digest, media_type, pushed_at)
    join registry g on g.of = e.of
    left join tenant.repositories r on r.registry_id = g.id and r.name = e.repository and r.scanning
    where not exists (select from tenant.deliveries d where d.registry_id = g.id and d.event_key = e.event_key)
    order by g.id, e.event_key, g.of
  ), asked as (
    insert into tenant.scans as s (organization_id, repository_id, tag, digest, cause, due_at)
    select distinct organization_id, repository_id, tag, digest, 'push',
      now() + case when tag is null then ${untaggedWaitS} else 0 end * interval '1 s'
    from event where repository_id is not null order by repository_id, tag, digest
    on conflict (repository_id, coalesce(tag, ''), coalesce(digest, ''))
      where state in ('waiting', 'queued') or (state = 'running' and digest is not null)
      do update set due_at = least(s.due_at, excluded.due_at)
    returning id, repository_id, coalesce(tag, '') as tag, coalesce(digest, '') as digest
  ), delivered as (
    insert into tenant.deliveries
      (organization_id, registry_id, event_key, repository, tag, digest, media_type, pushed_at, scan_id)
    select e.organization_id, e.registry_id, e.event_key, e.repository, e.tag, e.digest, e.media_type, e.pushed_at, s.id
    from event e left join asked s on s.repository_id = e.repository_id
      and s.tag = coalesce(e.tag, '') and s.digest = coalesce(e.digest, '')
    order by e.registry_id, e.event_key
    on conflict (registry_id, event_key) do nothing
    returning registry_id, event_key, scan_id
  )
  select g.of::int, count(d.event_key)::int as accepted, count(d.scan_id)::int as scans
  from registry g left join event e on e.of = g.of
  left join delivered d on d.registry_id = e.registry_id and d.event_key = e.event_key
  group by g.of`;

/** Notes that these registries have notified us. */
export async function noteSeen(db: SystemStatements, registryIds: readonly string[]): Promise<void> {
  await db.query({
    name: 'hooks.noteSeen',
    text: 'update tenant.registries set last_event_at = now() where id = any($1)',
    values: [registryIds],
  });
}

/** Wakes the dispatchers. Apart from the events themselves: transactions that notify commit one after the other. */
export async function ringDispatchers(db: SystemStatements): Promise<void> {
  await db.query({ name: 'hooks.ring', text: `select pg_notify('soupcon_scans', '')` });
}

/** Removes deliveries that are older. @returns how many. */
export async function forget(
  db: SystemStatements,
  { days, limit }: { readonly days: number; readonly limit: number },
): Promise<number> {
  const [row] = await db.query<{ gone: number }>({
    name: 'hooks.forget',
    text: `with gone as (
        delete from tenant.deliveries where (registry_id, event_key) in (
          select registry_id, event_key from tenant.deliveries
          where received_at < now() - $1 * interval '1 day' limit $2)
        returning 1)
      select count(*)::int as gone from gone`,
    values: [days, limit],
  });
  return row?.gone ?? 0;
}
