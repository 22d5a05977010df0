-- What is in images and what is known against it: a function of content, shared by everybody, and so without an owner.
-- The application sees it only through the views of 0003, which join the digests that its organization's own
-- repositories have held.

create table content.layers (
  id bigint generated always as identity primary key,
  -- Of the stored bytes.
  digest text not null unique,
  diff_id text,
  size_bytes bigint,
  -- Seen in an anonymous pull of a public image: whoever names it may have what is known of it.
  public boolean not null default false,
  created_at timestamptz not null default now()
);

-- What is in a layer alone, by the versions of the catalogers that read it (`apk:1 dpkg:2 ...`).
create table content.layer_indexes (
  layer_id bigint not null references content.layers on delete cascade,
  catalogers text not null,
  files bytea not null,
  rest bytea not null,
  files_count integer not null,
  created_at timestamptz not null default now(),
  primary key (layer_id, catalogers)
);

-- One row a platform's image. Its inventory is a function of its layers and of the catalogers' versions.
create table content.images (
  id bigint generated always as identity primary key,
  digest text not null unique,
  media_type text,
  platform text,
  -- As the image says.
  created text,
  size_bytes bigint,
  -- The resolved image without its reference (model: ResolvedImage), as JSON.
  resolved jsonb not null,
  catalogers text not null,
  -- model: Inventory, as compressed JSON: read whole, never searched.
  inventory bytea not null,
  verdict text not null check (verdict in ('complete', 'partial', 'unknown')),
  packages_count integer not null,
  -- False when the clock cut its reading short: another reading may give more.
  settled boolean not null,
  indexed_at timestamptz not null default now()
);

create table content.image_layers (
  image_id bigint not null references content.images on delete cascade,
  position integer not null,
  layer_id bigint not null references content.layers,
  primary key (image_id, position)
);
create index on content.image_layers (layer_id);

-- An image for several platforms, and the images it names that were scanned.
create table content.indexes (
  id bigint generated always as identity primary key,
  digest text not null unique,
  media_type text not null,
  created_at timestamptz not null default now()
);

create table content.index_images (
  index_id bigint not null references content.indexes on delete cascade,
  image_id bigint not null references content.images on delete cascade,
  primary key (index_id, image_id)
);
create index on content.index_images (image_id);

-- A distinct package: whatever can be judged differently is another row.
create table content.packages (
  id bigint generated always as identity primary key,
  -- First 16 bytes of the SHA-256 of the canonical JSON of purl and identity.
  key bytea not null unique check (length(key) = 16),
  purl text not null,
  type text not null,
  namespace text,
  name text not null,
  version text not null,
  architecture text,
  source_name text,
  source_version text,
  context jsonb not null,
  -- The version of the matcher that last judged it.
  matcher smallint not null
);
-- A hash, because hostile images have names that a sorted index cannot hold.
create index on content.packages using hash (purl);
create index on content.packages (matcher);

-- The names by which advisories find a package: the ecosystem without its release, the name as normalised for it.
create table content.package_names (
  ecosystem text not null,
  name text not null,
  package_id bigint not null references content.packages on delete cascade,
  primary key (ecosystem, name, package_id)
);
create index on content.package_names (package_id);

create table content.image_packages (
  image_id bigint not null references content.images on delete cascade,
  package_id bigint not null references content.packages,
  introduced_in smallint not null,
  primary key (image_id, package_id)
);
create index on content.image_packages (package_id, image_id);

-- A record as one feed has it. Feeds are of different days, and a record that several of them have may differ in them:
-- each ecosystem is held against what its own feed says, as it is when it is read without a store. JSON here is `json`,
-- which is kept as written: what is read back has the same bytes, and it costs less to write.
create table content.advisories (
  id bigint generated always as identity primary key,
  feed_id text not null,
  -- The record's own id.
  name text not null,
  -- model: Advisory without `affected`.
  document json not null
);

-- One row for each package of the feed's ecosystem that an advisory is about; `entry` is model: AffectedPackage. Both are
-- written and deleted in one transaction by the importer alone: a foreign key would cost a look-up for every row.
create table content.affected (
  advisory_id bigint not null,
  position integer not null,
  -- Without its release.
  ecosystem text not null,
  -- As normalised for the ecosystem.
  name text not null,
  entry json not null,
  primary key (advisory_id, position)
);
-- The name first: it alone tells most rows apart, which halves what the index costs an import.
create index on content.affected (name, ecosystem);

-- Where advisories come from, one row for each ecosystem of a source.
create table content.feeds (
  id text primary key,
  -- Without its release.
  ecosystem text not null,
  place text not null,
  -- The newest change of any record, RFC 3339 UTC.
  newest text not null,
  records integer not null,
  refused integer not null default 0,
  -- Full texts (`Debian:12`) that its records are about.
  ecosystems text[] not null default '{}',
  imported_at timestamptz not null default now()
);

-- Which records a feed has, the narrow half of `advisories`: it tells what changed without a record being read. The row of
-- the feed itself comes last, when all of them are there.
create table content.feed_records (
  feed_id text not null,
  -- Its file in the archive, without `.json`.
  name text not null,
  -- CRC-32 and size of the file, as the archive's directory has them.
  fingerprint text not null,
  -- The newest change that is known to be in it, RFC 3339.
  modified text,
  -- Why the file could not be read; an older one that could be stays.
  refused text,
  -- Null for one that could never be read.
  advisory_id bigint,
  primary key (feed_id, name)
);

-- A flaw in a package, from and until. `document` is model: PackageFinding, as written.
create table content.findings (
  id bigint generated always as identity primary key,
  package_id bigint not null references content.packages on delete cascade,
  flaw text not null,
  state text not null check (state in ('affected', 'undetermined')),
  severity text not null,
  fixed_in text,
  -- `flaw`, its aliases and the advisories that say so.
  names text[] not null,
  document json not null,
  since timestamptz not null default now(),
  until timestamptz
);
create unique index findings_open on content.findings (package_id, flaw) where until is null;
create index on content.findings (package_id, since);
create index findings_names on content.findings using gin (names) where until is null;
