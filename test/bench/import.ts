import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { silentLogger } from '@soupcon/model';
import { migrate, openStore } from '@soupcon/store';
import { importAdvisories } from '@soupcon/worker';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';

/**
 * Row 7: import of a whole directory of advisories into an empty database, and once more, against `COPY` of the very rows
 * that the import leaves, into tables of the same columns without indexes or constraints, streamed from a file by the
 * same client to the same server. Each run has a database of its own, and the two take turns.
 *
 *     node test/dist/bench/import.js --advisories DIR --database URL [--runs 3]
 *
 * URL is of a server on which databases may be created and dropped. Fails when the second import writes a row.
 */
const tables = ['advisories', 'affected', 'feed_records', 'feeds'];

const { values } = parseArgs({
  options: { advisories: { type: 'string' }, database: { type: 'string' }, runs: { type: 'string', default: '3' } },
});
if (values.advisories === undefined || values.database === undefined) {
  process.stderr.write('usage: node test/dist/bench/import.js --advisories DIR --database URL [--runs 3]\n');
  process.exit(2);
}
const { advisories, database } = values;

interface Run {
  readonly firstMs: number;
  readonly secondMs: number;
  readonly copyMs: number;
}

async function measure(run: number): Promise<Run> {
  const name = `bench_import_${process.pid}_${run}`;
  const url = new URL(database ?? '');
  await asOwner(url.href, (client) => client.query(`create database ${name}`));
  url.pathname = `/${name}`;
  try {
    await migrate(url.href);
    const firstMs = await timed(() => importInto(url.href, true));
    const before = await asOwner(url.href, written);
    const secondMs = await timed(() => importInto(url.href, false));
    const more = (await asOwner(url.href, written)) - before;
    if (more !== 0) throw new TypeError(`the second import wrote ${more} rows`);
    return { firstMs, secondMs, copyMs: await asOwner(url.href, copyAll) };
  } finally {
    await asOwner(database ?? '', (client) => client.query(`drop database ${name} with (force)`));
  }
}

async function importInto(url: string, isFirst: boolean): Promise<void> {
  const store = openStore({ url });
  try {
    const { signal } = new AbortController();
    const { feeds } = await importAdvisories(advisories ?? '', { store, logger: silentLogger, signal });
    const other = feeds.filter(({ outcome }) => outcome !== (isFirst ? 'imported' : 'unchanged'));
    if (other.length > 0) throw new TypeError(`${other.map(({ feed, outcome }) => `${feed} ${outcome}`).join(', ')}`);
  } finally {
    await store.close();
  }
}

/** Rows inserted, updated and deleted in the tables of content since they were made, by what the server counts. */
async function written(client: pg.Client): Promise<number> {
  // Each session tells what it wrote when it ends; those of the import have ended.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { rows } = await client.query<{ count: string }>(
    `select sum(n_tup_ins + n_tup_upd + n_tup_del) as count from pg_stat_user_tables where schemaname = 'content'`,
  );
  return Number(rows[0]?.count);
}

async function copyAll(client: pg.Client): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'soupcon-bench-'));
  try {
    for (const table of tables) {
      await client.query(`create table plain_${table} (like content.${table})`);
      await pipeline(client.query(to(`copy content.${table} to stdout`)), createWriteStream(join(folder, table)));
    }
    return await timed(async () => {
      for (const table of tables) {
        const rows = createReadStream(join(folder, table), { highWaterMark: 64 * 1024 });
        await pipeline(rows, client.query(from(`copy plain_${table} from stdin`)));
      }
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function asOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const middle = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const inSeconds = (ms: number) => (ms / 1000).toFixed(2);

const runs: Run[] = [];
for (let run = 0; run < Number(values.runs); run += 1) runs.push(await measure(run));
const [first, second, copy] = (['firstMs', 'secondMs', 'copyMs'] as const).map((key) =>
  middle(runs.map((one) => one[key])),
);
const today = `${middle(runs.map(({ firstMs, copyMs }) => firstMs / copyMs)).toFixed(2)} and ${middle(runs.map(({ firstMs, secondMs }) => secondMs / firstMs)).toFixed(2)}`;
process.stdout.write(
  `7  import against COPY; again against the first  budget <= 6 and <= 0.25  today ${today}  ` +
    `(${inSeconds(first ?? 0)} s, ${inSeconds(second ?? 0)} s, COPY ${inSeconds(copy ?? 0)} s)\n`,
);
