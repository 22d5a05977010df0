import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { isLeftOver, newName } from './database-names.ts';
import { testServer } from './test-server.ts';

export interface TestDatabaseOptions {
  /** What identifies the schema that `migrate` makes: a hash of the migrations. */
  readonly template: string;
  /** Brings an empty database to the schema; it is given the owner's connection and leaves none open. */
  readonly migrate?: (url: string) => Promise<void>;
  /** The server, as a role that may create databases; else the one that all tests share. */
  readonly server?: string;
}

/** A database of one test file. */
export interface TestDatabase {
  /** Of the owner. */
  readonly url: string;
  readonly name: string;
  /** Also ends the connections that are still open. */
  drop(): Promise<void>;
}

/** Any number, the same in every test process: one at a time makes templates and databases. */
const lock = 7_365_281_999;
const templatePrefix = 'soupcon_template_';
/** Templates of other schemas are kept so long, for those who go back and forth between two. */
const templateDaysMax = 1;

/** An empty, migrated database, copied from a template that is made once for each schema. */
export async function testDatabase({ template, migrate, server }: TestDatabaseOptions): Promise<TestDatabase> {
  const admin = server ?? (await testServer());
  const name = newName();
  await withClient(admin, async (client) => {
    await client.query('select pg_advisory_lock($1)', [lock]);
    const from = templateName(template);
    await removeOld(client, from);
    await ensureTemplate(client, from, admin, migrate);
    await client.query(`create database ${name} template ${from} strategy ${await copyStrategy(client)}`);
  });
  return {
    url: urlOf(admin, name),
    name,
    drop: () =>
      withClient(admin, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  };
}

/** To copy files is fastest, but writes a checkpoint before and after: cheap only where nothing waits for the disk. */
async function copyStrategy(client: Client): Promise<'file_copy' | 'wal_log'> {
  const { rows } = await client.query<{ fsync: string }>('show fsync');
  return rows[0]?.fsync === 'off' ? 'file_copy' : 'wal_log';
}

export function templateName(template: string): string {
  return `${templatePrefix}${createHash('sha256').update(template).digest('hex').slice(0, 16)}`;
}

/** It is a template from the moment it is finished; one that is not was left by a run that was killed. */
async function ensureTemplate(
  client: Client,
  name: string,
  admin: string,
  migrate: TestDatabaseOptions['migrate'],
): Promise<void> {
  const { rows } = await client.query<{ datistemplate: boolean }>(
    'select datistemplate from pg_database where datname = $1',
    [name],
  );
  if (rows[0]?.datistemplate) return;
  await client.query(`drop database if exists ${name} with (force)`);
  await client.query(`create database ${name} template template0`);
  await migrate?.(urlOf(admin, name));
  await client.query(`comment on database ${name} is '${new Date().toISOString()}'`);
  await client.query(`alter database ${name} with is_template true allow_connections false`);
}

/** Drops the databases of runs that are over, and templates of schemas that nobody uses any more. */
async function removeOld(client: Client, current: string): Promise<void> {
  const { rows } = await client.query<{ datname: string; made: string | null }>(
    "select datname, shobj_description(oid, 'pg_database') as made from pg_database where datname like 'soupcon\\_te%'",
  );
  const templateLimit = Date.now() - templateDaysMax * 86_400_000;
  for (const { datname, made } of rows) {
    const isTemplate = datname.startsWith(templatePrefix);
    const isOld = isTemplate ? datname !== current && Date.parse(made ?? '') < templateLimit : isLeftOver(datname);
    if (!isOld) continue;
    if (isTemplate) await client.query(`alter database ${datname} with is_template false`);
    await client.query(`drop database if exists ${datname} with (force)`);
  }
}

function urlOf(admin: string, name: string): string {
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return url.href;
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'soupcon tests' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
