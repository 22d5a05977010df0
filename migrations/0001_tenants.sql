-- What belongs to an organization. Every table here has organization_id (organizations: id) and row-level security that
-- is forced, so that a query outside `Store.asTenant` sees nothing. `soupcon_system` crosses tenants with the statements
-- of packages/store/src/system alone; its rights are at the end of 0003.

create schema tenant;
create schema content;

-- The organization of this transaction, or null: then no row of any tenant is visible.
create function tenant.current_organization() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('soupcon.organization', true), '')::uuid;

-- The key that stored secrets are sealed with: its id, and a value sealed with it, which tells at start whether the key at
-- hand is the same.
create table soupcon.sealing_keys (
  is_the_only boolean primary key default true check (is_the_only),
  id bytea not null,
  value bytea not null
);

create table tenant.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

create table tenant.api_keys (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references tenant.organizations on delete cascade,
  name text not null check (length(name) between 1 and 200),
  -- The first characters of the key, to tell keys apart; the key itself is not kept.
  prefix text not null,
  -- SHA-256 of the whole key, which has 256 random bits: no salt and no slow hash are needed.
  hash bytea not null unique check (length(hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index on tenant.api_keys (organization_id, created_at, id);

create table tenant.registries (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references tenant.organizations on delete cascade,
  provider text not null,
  name text not null check (length(name) between 1 and 200),
  -- `host` or `host:port`, as in a reference.
  host text not null,
  -- Plain HTTP instead of TLS.
  insecure boolean not null default false,
  -- Sealed with a key of the operator's; null is anonymous.
  credentials bytea,
  -- SHA-256 of the secret part of the address that the registry notifies.
  hook_token_hash bytea not null check (length(hook_token_hash) = 32),
  created_at timestamptz not null default now(),
  last_event_at timestamptz
);
create index on tenant.registries (organization_id, created_at, id);

create table tenant.repositories (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references tenant.organizations on delete cascade,
  registry_id uuid not null references tenant.registries on delete cascade,
  -- Without the registry's host.
  name text not null,
  -- Opted in: only then is anything pulled, scanned or billed.
  scanning boolean not null default false,
  created_at timestamptz not null default now(),
  unique (registry_id, name)
);
create index on tenant.repositories (organization_id, created_at, id);

-- When a repository was opted in, from and until; what is owed is counted from here.
create table tenant.opt_ins (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references tenant.organizations on delete cascade,
  repository_id uuid not null references tenant.repositories on delete cascade,
  started_at timestamptz not null default now(),
  ended_at timestamptz check (ended_at >= started_at)
);
create unique index opt_ins_open on tenant.opt_ins (repository_id) where ended_at is null;

-- Push events as they came in, once each.
create table tenant.deliveries (
  organization_id uuid not null, -- That of the row it hangs from, with which it goes.
  registry_id uuid not null references tenant.registries on delete cascade,
  -- The sender's id of the event, or a hash of what it says and when.
  event_key text not null,
  repository text not null,
  tag text,
  digest text,
  media_type text,
  pushed_at timestamptz,
  received_at timestamptz not null default now(),
  -- The scan it led to or joined; null when the repository is not opted in.
  scan_id uuid,
  primary key (registry_id, event_key)
);
-- They come in the order of time, so ranges of it are enough to find the old ones, and cost next to nothing to keep.
create index on tenant.deliveries using brin (received_at);

-- The ledger: the truth about what was scanned. The queue is only how it is worked off.
create table tenant.scans (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null, -- That of the row it hangs from, with which it goes.
  repository_id uuid not null references tenant.repositories on delete cascade,
  tag text,
  -- As asked for; null for a tag, which is resolved when it is scanned.
  digest text,
  cause text not null check (cause in ('push', 'manual', 'opt-in', 'reconcile')),
  -- waiting: not handed out yet. queued: handed to the queue. running: a worker has it until `lease_until`.
  state text not null default 'waiting'
    check (state in ('waiting', 'queued', 'running', 'done', 'failed', 'skipped', 'cancelled')),
  -- Why it ended so, or why the last attempt did not end: a code of the error table and a sentence.
  reason_code text,
  reason text,
  priority smallint not null default 0,
  -- How often a worker began it; what a stopping worker gave back does not count.
  attempts smallint not null default 0,
  -- How often it was handed to the queue: tells a job that the queue still has from the one that counts.
  handed_out integer not null default 0,
  due_at timestamptz not null default now(),
  queued_at timestamptz,
  lease_owner uuid,
  lease_until timestamptz,
  -- An attempt that is still running then has failed.
  deadline_at timestamptz,
  layers_done integer not null default 0,
  layers_total integer,
  bytes_done bigint not null default 0,
  bytes_total bigint,
  -- What the tag was when it was scanned: an image or an index.
  resolved_digest text,
  resolved_media_type text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  check ((state = 'running') = (lease_owner is not null)),
  check ((state in ('done', 'failed', 'skipped', 'cancelled')) = (finished_at is not null))
);
create index on tenant.scans (organization_id, created_at, id);
create index on tenant.scans (repository_id, created_at, id);
-- What is not over. Small, however many scans there have been.
create index scans_waiting on tenant.scans (organization_id, priority desc, due_at, id) where state = 'waiting';
create index scans_open on tenant.scans (state, organization_id) where state in ('queued', 'running');
-- The same thing is asked for once at a time. A tag may move while it is scanned, a digest cannot.
create unique index scans_once on tenant.scans (repository_id, coalesce(tag, ''), coalesce(digest, ''))
  where state in ('waiting', 'queued') or (state = 'running' and digest is not null);

-- What a tag was, from and until; `until` null is what it is now.
create table tenant.tags (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references tenant.organizations on delete cascade,
  repository_id uuid not null references tenant.repositories on delete cascade,
  name text not null,
  digest text not null,
  since timestamptz not null default now(),
  until timestamptz
);
create unique index tags_current on tenant.tags (repository_id, name) where until is null;
create index on tenant.tags (organization_id, digest) where until is null;
create index on tenant.tags (repository_id, name, since);

do $$
declare name text;
begin
  foreach name in array array['organizations', 'api_keys', 'registries', 'repositories', 'opt_ins', 'deliveries', 'scans', 'tags'] loop
    execute format('alter table tenant.%I enable row level security', name);
    execute format('alter table tenant.%I force row level security', name);
    execute format('create policy own on tenant.%I to soupcon_app using (%s = tenant.current_organization())',
      name, case name when 'organizations' then 'id' else 'organization_id' end);
  end loop;
end $$;
