-- Who may see what. A digest is no proof of possession: content is visible to an organization through a repository of its
-- own that held it, and a layer's index is used again for an organization only when its own registry has served the bytes.

-- Digests (of images and indexes) that a repository has held and that were scanned for it.
create table tenant.repository_images (
  organization_id uuid not null references tenant.organizations on delete cascade,
  repository_id uuid not null references tenant.repositories on delete cascade,
  digest text not null,
  first_scanned_at timestamptz not null default now(),
  last_scanned_at timestamptz not null default now(),
  primary key (repository_id, digest)
);
create index on tenant.repository_images (organization_id, digest);

-- Layers whose bytes a registry of the organization has served, verified.
create table tenant.layer_possessions (
  organization_id uuid not null references tenant.organizations on delete cascade,
  layer_id bigint not null references content.layers on delete cascade,
  verified_at timestamptz not null default now(),
  primary key (organization_id, layer_id)
);

do $$
declare name text;
begin
  foreach name in array array['repository_images', 'layer_possessions'] loop
    execute format('alter table tenant.%I enable row level security', name);
    execute format('alter table tenant.%I force row level security', name);
    execute format('create policy own on tenant.%I to soupcon_app using (organization_id = tenant.current_organization())', name);
  end loop;
end $$;

-- The views run with the rights of their owner, who sees every tenant: each says itself whose rows it shows.
create view tenant.images with (security_barrier) as
  select i.* from content.images i
  where exists (select from tenant.repository_images r
    where r.organization_id = tenant.current_organization() and r.digest = i.digest);

create view tenant.indexes with (security_barrier) as
  select i.* from content.indexes i
  where exists (select from tenant.repository_images r
    where r.organization_id = tenant.current_organization() and r.digest = i.digest);

create view tenant.index_images with (security_barrier) as
  select x.* from content.index_images x
  where exists (select from content.indexes i join tenant.repository_images r on r.digest = i.digest
      where i.id = x.index_id and r.organization_id = tenant.current_organization())
    and exists (select from content.images i join tenant.repository_images r on r.digest = i.digest
      where i.id = x.image_id and r.organization_id = tenant.current_organization());

-- Digests alone, as the image's own manifest names them: what else is known of a layer may be from another's bytes.
create view tenant.image_layers with (security_barrier) as
  select l.image_id, l.position, c.digest from content.image_layers l
  join content.layers c on c.id = l.layer_id
  where exists (select from content.images i join tenant.repository_images r on r.digest = i.digest
    where i.id = l.image_id and r.organization_id = tenant.current_organization());

create view tenant.image_packages with (security_barrier) as
  select p.* from content.image_packages p
  where exists (select from content.images i join tenant.repository_images r on r.digest = i.digest
    where i.id = p.image_id and r.organization_id = tenant.current_organization());

create view tenant.packages with (security_barrier) as
  select p.* from content.packages p
  where exists (select from content.image_packages x join content.images i on i.id = x.image_id
    join tenant.repository_images r on r.digest = i.digest
    where x.package_id = p.id and r.organization_id = tenant.current_organization());

-- By image, because who may see a finding is decided by the image: asked for by package, each of its images in all the
-- world would have to be looked at until one is found.
create view tenant.image_findings with (security_barrier) as
  select x.image_id, x.introduced_in, p.purl, f.* from content.image_packages x
  join content.packages p on p.id = x.package_id
  join content.findings f on f.package_id = x.package_id
  where exists (select from content.images i join tenant.repository_images r on r.digest = i.digest
    where i.id = x.image_id and r.organization_id = tenant.current_organization());

-- The images of this organization in which a flaw is, by any of its names. A function, because the index of names cannot
-- be used through a view: who asks could learn from the operator's errors what is in rows he may not see.
create function tenant.images_with(wanted text)
  returns table (image_id bigint, digest text, platform text, purl text, introduced_in smallint, document json)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select i.id, i.digest, i.platform, p.purl, x.introduced_in, f.document from content.findings f
    join content.image_packages x on x.package_id = f.package_id
    join content.packages p on p.id = f.package_id
    join content.images i on i.id = x.image_id
    where f.until is null and f.names @> array[wanted]
      and exists (select from tenant.repository_images r
        where r.digest = i.digest and r.organization_id = tenant.current_organization());
  end;
revoke execute on function tenant.images_with(text) from public;

-- Advisories and feeds are public knowledge.
grant usage on schema tenant, content to soupcon_app, soupcon_system;
grant execute on function tenant.current_organization() to soupcon_app, soupcon_system;
grant select on content.feeds, content.advisories, content.affected to soupcon_app;
grant select on tenant.images, tenant.indexes, tenant.index_images, tenant.image_layers, tenant.image_packages,
  tenant.packages, tenant.image_findings to soupcon_app;
grant execute on function tenant.images_with(text) to soupcon_app;
grant select, insert, update, delete on tenant.organizations, tenant.api_keys, tenant.registries, tenant.repositories,
  tenant.opt_ins, tenant.tags, tenant.repository_images to soupcon_app;
grant select, insert on tenant.deliveries to soupcon_app;
grant select, insert, update on tenant.scans to soupcon_app;

-- What crosses tenants, and what has none.
grant select, insert, update, delete on all tables in schema content to soupcon_system;
grant usage on all sequences in schema content to soupcon_system;
grant usage on schema soupcon to soupcon_system;
grant select on soupcon.migrations to soupcon_system;
grant select, insert on soupcon.sealing_keys to soupcon_system;
grant select, insert on tenant.organizations to soupcon_system;
grant select, insert, update (last_used_at) on tenant.api_keys to soupcon_system;
grant select (id, organization_id, provider, host, hook_token_hash, last_event_at), update (last_event_at) on tenant.registries to soupcon_system;
grant select (id, organization_id, registry_id, name, scanning) on tenant.repositories to soupcon_system;
grant select, insert, delete on tenant.deliveries to soupcon_system;
grant select, insert, update on tenant.scans, tenant.tags, tenant.repository_images to soupcon_system;
grant select, insert on tenant.layer_possessions to soupcon_system;

do $$
declare name text;
begin
  foreach name in array array['organizations', 'api_keys', 'registries', 'repositories', 'deliveries', 'scans', 'tags',
      'repository_images', 'layer_possessions'] loop
    execute format('create policy system on tenant.%I to soupcon_system using (true) with check (true)', name);
  end loop;
end $$;
