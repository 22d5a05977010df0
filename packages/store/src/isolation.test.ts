import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, schemaHash } from './migrate.ts';
import { connectionOf, type Role } from './roles.ts';
import { testDatabase } from './testing/test-database.ts';

/**
 * Postgres keeps tenants apart, not a `where` that somebody remembers. What there is to protect is read from the catalog,
 * so that a table or view that is added and forgotten fails here.
 */
let owner: Client;
let url: string;
let drop: () => Promise<void>;
let tables: string[] = [];
let views: string[] = [];
const [a, b] = [randomUUID(), randomUUID()];
/** Only B's repository has held the second. Both hold the base layer and package. */
const digests = { a: 'sha256:a', b: 'sha256:b' };

const relations = async (schema: string, kind: string) =>
  (
    await owner.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind = any($2::"char"[]) order by 1`,
      [schema, [...kind]],
    )
  ).rows.map(({ name }) => name);

beforeAll(async () => {
  ({ url, drop } = await testDatabase({ template: await schemaHash(), migrate }));
  owner = new Client(url);
  await owner.connect();
  [tables, views] = [await relations('tenant', 'rp'), await relations('tenant', 'vm')];
  for (const [id, digest] of [
    [a, digests.a],
    [b, digests.b],
  ] as const) {
    await owner.query(filledBy(id, digest));
  }
  await owner.query(`analyze`);
});
afterAll(async () => {
  await owner.end();
  await drop();
});

/** An organization with a row in every table, and an image with a package, a finding, a layer and an index. */
function filledBy(id: string, digest: string): string {
  return `do $$
    declare registry uuid; repository uuid; image bigint; layer bigint; package bigint; index bigint;
    begin
      insert into tenant.organizations (id, name) values ('${id}', '${id}');
      insert into tenant.api_keys (organization_id, name, prefix, hash) values ('${id}', 'k', 'p', sha256('${id}'));
      insert into tenant.registries (organization_id, provider, name, host, hook_token_hash)
        values ('${id}', 'distribution', 'r', 'registry.invalid', sha256('${id}')) returning tenant.registries.id into registry;
      insert into tenant.repositories (organization_id, registry_id, name, scanning)
        values ('${id}', registry, 'team/app', true) returning tenant.repositories.id into repository;
      insert into tenant.opt_ins (organization_id, repository_id) values ('${id}', repository);
      insert into tenant.deliveries (organization_id, registry_id, event_key, repository) values ('${id}', registry, 'e', 'team/app');
      insert into tenant.scans (organization_id, repository_id, tag, cause) values ('${id}', repository, '1', 'push');
      insert into tenant.tags (organization_id, repository_id, name, digest) values ('${id}', repository, '1', '${digest}');
      insert into tenant.repository_images (organization_id, repository_id, digest)
        values ('${id}', repository, '${digest}'), ('${id}', repository, '${digest}-index');
      insert into content.layers (digest) values ('${digest}-layer') returning content.layers.id into layer;
      insert into tenant.layer_possessions (organization_id, layer_id) values ('${id}', layer);
      insert into content.images (digest, resolved, catalogers, inventory, verdict, packages_count, settled)
        values ('${digest}', '{}', 'c', '', 'complete', 1, true) returning content.images.id into image;
      insert into content.image_layers (image_id, position, layer_id) values (image, 0, layer);
      insert into content.indexes (digest, media_type) values ('${digest}-index', 'm') returning content.indexes.id into index;
      insert into content.index_images (index_id, image_id) values (index, image);
      insert into content.packages (key, purl, type, name, version, context, matcher)
        values (substr(sha256('${digest}'), 1, 16), 'pkg:npm/of-${digest}@1', 'npm', 'p', '1', '{}', 1)
        returning content.packages.id into package;
      insert into content.image_packages (image_id, package_id, introduced_in) values (image, package, 0);
      insert into content.findings (package_id, flaw, state, severity, names, document)
        values (package, 'CVE-1', 'affected', 'high', array['CVE-1'], '{}');
    end $$`;
}

/** A connection as one of our roles, as anybody who got hold of it would use it. */
async function asRole<T>(role: Role, organization: string | null, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(connectionOf(url, role));
  await client.connect();
  try {
    await client.query('begin');
    if (organization !== null)
      await client.query(`select set_config('soupcon.organization', $1, true)`, [organization]);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Every row there is to be seen, as text; null where even asking is refused. */
async function rowsOf(client: Client, relation: string): Promise<string[] | null> {
  await client.query('savepoint here');
  try {
    return (await client.query<{ row: string }>(`select r::text as row from ${relation} r`)).rows.map(({ row }) => row);
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    await client.query('rollback to here');
    return null;
  }
}

/** Kept for the workers; whoever has the application's role cannot even ask. */
const closed = ['tenant.layer_possessions'];

describe('every table of tenants', () => {
  test('is filled here, and has row-level security that holds for its owner, too', async () => {
    for (const table of tables) {
      const { rows } = await owner.query(`select count(*)::int as count from ${table}`);
      expect([table, rows[0]?.count]).toEqual([table, table === 'tenant.repository_images' ? 4 : 2]);
    }
    const { rows } = await owner.query(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'tenant' and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)`,
    );
    expect(rows).toEqual([]);
  });

  test("shows A's session A's rows and none of B's", async () => {
    await asRole('soupcon_app', a, async (client) => {
      for (const table of tables) {
        const rows = await rowsOf(client, table);
        if (closed.includes(table)) expect([table, rows]).toEqual([table, null]);
        else {
          expect([table, rows?.length]).toEqual([table, table === 'tenant.repository_images' ? 2 : 1]);
          expect(rows?.join(), table).toContain(a);
          expect(rows?.join(), table).not.toContain(b);
        }
      }
    });
  });

  test("takes no row for B from the session of A, and changes none of B's", async () => {
    await asRole('soupcon_app', a, async (client) => {
      const refused = async (text: string) => {
        await client.query('savepoint here');
        await expect(client.query(text), text).rejects.toMatchObject({ code: '42501' });
        await client.query('rollback to here');
      };
      await refused(
        `insert into tenant.api_keys (organization_id, name, prefix, hash) values ('${b}', 'x', 'x', sha256('x'))`,
      );
      await refused(`update tenant.repositories set organization_id = '${b}'`);
      await refused(`insert into tenant.organizations (id, name) values (gen_random_uuid(), 'x')`);
      for (const text of [
        `update tenant.repositories set scanning = false where organization_id = '${b}'`,
        `delete from tenant.registries where organization_id = '${b}'`,
        `update tenant.scans set state = 'failed', finished_at = now() where organization_id = '${b}'`,
      ]) {
        expect([text, (await client.query(text)).rowCount]).toEqual([text, 0]);
      }
    });
  });

  test('shows nothing to a session without a tenant, or with one that is none', async () => {
    for (const organization of [null, '', randomUUID()]) {
      await asRole('soupcon_app', organization, async (client) => {
        for (const relation of [...tables, ...views]) {
          expect([relation, (await rowsOf(client, relation)) ?? []]).toEqual([relation, []]);
        }
      });
    }
  });
});

describe('what is in images', () => {
  test("is seen in A's session by A's digests alone, in every view", async () => {
    await asRole('soupcon_app', a, async (client) => {
      expect(views.length).toBeGreaterThan(5);
      const ofB = await owner.query(`select id from content.images where digest = $1`, [digests.b]);
      for (const view of views) {
        const rows = await rowsOf(client, view);
        expect([view, rows?.length]).toEqual([view, 1]);
        expect(rows?.join(), view).not.toMatch(/sha256:b|of-sha256:b/);
        expect(rows?.join(), view).not.toMatch(new RegExp(`\\(${ofB.rows[0]?.id},`));
      }
      const found = await client.query(`select purl from tenant.images_with('CVE-1')`);
      expect(found.rows).toEqual([{ purl: 'pkg:npm/of-sha256:a@1' }]);
    });
  });

  test("is not seen by naming B's layer: a manifest of one's own proves nothing", async () => {
    await owner.query(
      `insert into content.image_layers (image_id, position, layer_id)
        select i.id, 1, l.id from content.images i, content.layers l where i.digest = $1 and l.digest = $2`,
      [digests.a, `${digests.b}-layer`],
    );
    await asRole('soupcon_app', a, async (client) => {
      // What A's own manifest says of it, and nothing of what B's registry served.
      const { rows } = await client.query('select * from tenant.image_layers order by position');
      expect(rows.map(({ image_id: _, ...row }) => row)).toEqual([
        { position: 0, digest: `${digests.a}-layer` },
        { position: 1, digest: `${digests.b}-layer` },
      ]);
      expect(await rowsOf(client, 'tenant.image_packages')).toHaveLength(1);
      expect(await rowsOf(client, 'content.layer_indexes')).toBeNull();
    });
    await owner.query('delete from content.image_layers where position = 1');
  });

  test('is in tables that the application cannot read, but for what is public', async () => {
    const readable = ['content.advisories', 'content.affected', 'content.feeds'];
    await asRole('soupcon_app', a, async (client) => {
      for (const table of await relations('content', 'rp')) {
        const isReadable = (await rowsOf(client, table)) !== null;
        expect([table, isReadable]).toEqual([table, readable.includes(table)]);
      }
      for (const table of await relations('soupcon', 'rp'))
        expect([table, await rowsOf(client, table)]).toEqual([table, null]);
    });
  });

  test('cannot be got at through a condition that fails: views do not leak what they hide', async () => {
    await asRole('soupcon_app', a, async (client) => {
      const text = `select count(*)::int as n from tenant.images where 1 / (case when digest = '${digests.b}' then 0 else 1 end) = 1`;
      expect((await client.query(text)).rows).toEqual([{ n: 1 }]);
    });
    const { rows } = await owner.query(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'tenant' and c.relkind = 'v' and not coalesce('security_barrier=true' = any(c.reloptions), false)`,
    );
    expect(rows).toEqual([]);
  });
});

describe('the roles', () => {
  test('own nothing, may not pass over security, and may not make anything', async () => {
    const { rows } = await owner.query(
      `select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles
        where rolname in ('soupcon_app', 'soupcon_system') order by 1`,
    );
    const plain = { rolsuper: false, rolbypassrls: false, rolcreatedb: false, rolcreaterole: false };
    expect(rows).toEqual([
      { rolname: 'soupcon_app', ...plain },
      { rolname: 'soupcon_system', ...plain },
    ]);
    for (const role of ['soupcon_app', 'soupcon_system'] as const) {
      await asRole(role, a, async (client) => {
        for (const text of [
          'create table tenant.mine (id int)',
          'create table content.mine (id int)',
          'alter table tenant.registries disable row level security',
          'set row_security = off; select from tenant.opt_ins',
        ]) {
          await client.query('savepoint here');
          await expect(client.query(text), `${role}: ${text}`).rejects.toMatchObject({ code: '42501' });
          await client.query('rollback to here');
        }
      });
    }
  });

  test('of the system has on the tables of tenants what is listed here, and no more', async () => {
    const { rows } = await owner.query<{ line: string }>(
      `select t.relname || ': ' || string_agg(t.priv, ', ' order by t.priv) as line from (
        select c.relname, p.privilege_type || coalesce(' (' || p.columns || ')', '') as priv
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        cross join lateral (
          select privilege_type, null as columns from information_schema.table_privileges
            where grantee = 'soupcon_system' and table_schema = 'tenant' and table_name = c.relname
          union all
          select privilege_type, string_agg(column_name, ' ' order by column_name) from information_schema.column_privileges x
            where grantee = 'soupcon_system' and table_schema = 'tenant' and table_name = c.relname
              and not exists (select from information_schema.table_privileges y where y.grantee = x.grantee
                and y.table_schema = x.table_schema and y.table_name = x.table_name and y.privilege_type = x.privilege_type)
            group by privilege_type) p
        where n.nspname = 'tenant' and c.relkind in ('r', 'p', 'v')) t
      group by t.relname order by 1`,
    );
    expect(rows.map(({ line }) => line)).toMatchInlineSnapshot(`
      [
        "api_keys: INSERT, SELECT, UPDATE (last_used_at)",
        "deliveries: DELETE, INSERT, SELECT",
        "layer_possessions: INSERT, SELECT",
        "organizations: INSERT, SELECT",
        "registries: SELECT (hook_token_hash host id last_event_at organization_id provider), UPDATE (last_event_at)",
        "repositories: SELECT (id name organization_id registry_id scanning)",
        "repository_images: INSERT, SELECT, UPDATE",
        "scans: INSERT, SELECT, UPDATE",
        "tags: INSERT, SELECT, UPDATE",
      ]
    `);
  });
});
