import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AppError, type Logger, silentLogger } from '@soupcon/model';
import pg from 'pg';
import { asAppError } from './failure.ts';
import { connectionOf, ensureRoles } from './roles.ts';

const folder = new URL('../../../migrations/', import.meta.url);
/** Any number, the same in every process: only one of them migrates at a time. */
const lock = 7_365_281_904;

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * Brings the database to the newest schema, one transaction a file, under a lock: processes that start together wait for
 * one another. Nothing is done, and no row is written, when it is there already.
 * @param url the owner's connection.
 * @throws {AppError} `database_unavailable`; `schema_newer` when a later release has migrated it; `schema_changed` when
 *   a file differs from what was applied.
 */
export async function migrate(url: string, logger: Logger = silentLogger): Promise<void> {
  const owner = new pg.Client({ connectionString: url, application_name: 'soupcon migrate' });
  try {
    await owner.connect();
    await owner.query('select pg_advisory_lock($1)', [lock]);
    await bringUp(owner, url, logger);
  } catch (error) {
    throw asAppError(error, 'migrating the database');
  } finally {
    await owner.end();
  }
}

async function bringUp(owner: pg.Client, url: string, logger: Logger): Promise<void> {
  const migrations = await readMigrations();
  const applied = await appliedTo(owner);
  check(migrations, applied);
  const due = migrations.filter(({ number }) => !applied.has(number));
  if (due.length > 0 || !(await canConnect(url))) await ensureRoles(owner, url);
  for (const { number, name, sql, checksum } of due) {
    const startedAt = performance.now();
    await owner.query('begin');
    await owner.query(sql);
    await owner.query('insert into soupcon.migrations (number, name, checksum) values ($1, $2, $3)', [
      number,
      name,
      checksum,
    ]);
    await owner.query('commit');
    logger.info({ migration: name, durationMs: Math.round(performance.now() - startedAt) }, 'migration applied');
  }
}

/** The number of the newest migration that this program has. */
export async function newestMigration(): Promise<number> {
  return (await readMigrations()).length;
}

/** What the schema is a function of: a database made by the same files is the same. */
export async function schemaHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, checksum } of await readMigrations()) hash.update(`${name} ${checksum}\n`);
  return hash.digest('hex');
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(fileURLToPath(folder))).filter((name) => name.endsWith('.sql')).sort();
  const migrations = await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { number: Number(name.slice(0, 4)), name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
  const wrong = migrations.find(({ number }, index) => number !== index + 1);
  if (wrong !== undefined) throw new AppError('schema_changed', { subject: `${wrong.name} is out of order` });
  return migrations;
}

/** Checksums by number. */
async function appliedTo(owner: pg.Client): Promise<Map<number, string>> {
  const { rows } = await owner.query<{ there: boolean }>(
    `select to_regclass('soupcon.migrations') is not null as there`,
  );
  if (rows[0]?.there === true) {
    const { rows: done } = await owner.query<{ number: number; checksum: string }>(
      'select number, checksum from soupcon.migrations',
    );
    return new Map(done.map(({ number, checksum }) => [number, checksum]));
  }
  await owner.query(`create schema if not exists soupcon;
    create table soupcon.migrations (
      number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
  return new Map();
}

function check(migrations: readonly Migration[], applied: ReadonlyMap<number, string>): void {
  const newest = Math.max(0, ...applied.keys());
  if (newest > migrations.length) {
    throw new AppError('schema_newer', {
      subject: `the database is at ${newest}, this program at ${migrations.length}`,
    });
  }
  const changed = migrations.find(({ number, checksum }) => (applied.get(number) ?? checksum) !== checksum);
  if (changed !== undefined) throw new AppError('schema_changed', { subject: changed.name });
}

/** Whether the roles are there with the right passwords, as after the owner's was changed they are not. */
async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client(connectionOf(url, 'soupcon_app'));
  try {
    await client.connect();
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === '28P01' || code === '28000' || code === '22023') return false;
    throw error;
  } finally {
    await client.end();
  }
}
