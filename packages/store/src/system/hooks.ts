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

export interface HookOutcome {
  /** Events that had not come before. */
  readonly accepted: number;
  /** Of those, the ones that led to a scan or joined one; the others are of repositories that are not opted in. */
  readonly scans: number;
}

/** How long an event without a tag waits: it may be of an image of an index, whose own event follows. In seconds. */
const untaggedWaitS = 10;

/**
 * Takes events in: deliveries and, for repositories that are opted in, what the ledger does not have open yet. One
 * statement, so one round trip and one commit, and the token is judged in the instant in which it counts. What is held
 * against the token is its SHA-256, of 256 random bits: how long a comparison takes tells nothing about them.
 * @returns null when there is no such address.
 */
export async function receive(
  db: SystemStatements,
  { registryId, provider, tokenHash }: HookAddress,
  events: readonly HookEvent[],
): Promise<HookOutcome | null> {
  const [row] = await db.query<HookOutcome & { known: boolean }>({
    name: 'hooks.receive',
    text: receiveText,
    values: [
      registryId,
      provider,
      tokenHash,
      events.map(({ key }) => key),
      events.map(({ repository }) => repository),
      events.map(({ tag }) => tag),
      events.map(({ digest }) => digest),
      events.map(({ mediaType }) => mediaType),
      events.map(({ pushedAt }) => pushedAt),
    ],
  });
  return row?.known === true ? { accepted: row.accepted, scans: row.scans } : null;
}

// Rows go in in the order of their keys, so that deliveries with the same events wait for one another. A scan that is
// open already is updated rather than left alone, because only then does the statement learn its id.
const receiveText = `
  with registry as (
    select id, organization_id from tenant.registries where id = $1 and provider = $2 and hook_token_hash = $3
  ), event as (
    select g.organization_id, g.id as registry_id, e.*, r.id as repository_id
    from registry g
    cross join unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
      as e(event_key, repository, tag, digest, media_type, pushed_at)
    left join tenant.repositories r on r.registry_id = g.id and r.name = e.repository and r.scanning
    where not exists (select from tenant.deliveries d where d.registry_id = g.id and d.event_key = e.event_key)
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
    select distinct on (e.event_key) e.organization_id, e.registry_id, e.event_key, e.repository, e.tag, e.digest,
      e.media_type, e.pushed_at, s.id
    from event e left join asked s on s.repository_id = e.repository_id
      and s.tag = coalesce(e.tag, '') and s.digest = coalesce(e.digest, '')
    order by e.event_key
    on conflict (registry_id, event_key) do nothing
    returning scan_id
  ), seen as (
    update tenant.registries g set last_event_at = now() from registry
    where g.id = registry.id and (g.last_event_at is null or g.last_event_at < now() - interval '10 s')
  )
  select exists (select from registry) as known, count(*)::int as accepted, count(scan_id)::int as scans from delivered`;

/** Wakes the dispatchers. Apart from the events themselves: transactions that notify commit one after the other. */
export async function ringDispatchers(db: SystemStatements): Promise<void> {
  await db.query({ name: 'hooks.ring', text: `select pg_notify('soupcon_scans', '')` });
}
