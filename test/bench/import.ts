import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { silentLogger } from '@soupcon/model';
import { migrate, openStore, schemaHash } from '@soupcon/store';
import { testDatabase } from '@soupcon/store/testing';
import { importAdvisories } from '@soupcon/worker';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { median, report } from './figures.ts';

/**
 * Budget row 7: import of a whole directory of advisories into an empty database, and once more, against `COPY` of the
 * very rows that the import leaves: from a file, streamed by the same client to the same server, into ordinary tables of
 * the same columns without indexes or constraints. Each run has a database of its own, and the three take turns, so that
 * a machine that is noisy is noisy for all. Fails when the second import writes a row. Figures are ratios of wall time,
 * medians of the runs.
 *
 *     node test/dist/bench/import.js --advisories DIR [--runs 3]
 */
const tables = ['advisories', 'affected', 'feed_records', 'feeds'];

const { values } = parseArgs({
  options: { advisories: { type: 'string' }, runs: { type: 'string', default: '3' } },
});
if (values.advisories === undefined) {
  process.stderr.write(
    'row 7 not measured: no advisories; a copy of the public OSV bucket, or a part of it, is wanted\n',
  );
  process.exit(0);
}
const place = values.advisories;

interface Run {
  readonly firstMs: number;
  readonly secondMs: number;
  readonly copyMs: number;
}

async function measure(): Promise<Run> {
  const database = await testDatabase({ template: await schemaHash(), migrate });
  try {
    const firstMs = await timed(() => importInto(database.url, 'imported'));
    const before = await asOwner(database.url, written);
    const secondMs = await timed(() => importInto(database.url, 'unchanged'));
    const more = (await asOwner(database.url, written)) - before;
    if (more !== 0) throw new TypeError(`the second import wrote ${more} rows`);
    return { firstMs, secondMs, copyMs: await asOwner(database.url, copyAll) };
  } finally {
    await database.drop();
  }
}

/** @param outcome what must come of every feed. */
async function importInto(url: string, outcome: string): Promise<void> {
  const store = openStore({ url });
  try {
    const { signal } = new AbortController();
    const { feeds } = await importAdvisories(place, { store, logger: silentLogger, signal });
    const others = feeds.filter((feed) => feed.outcome !== outcome);
    if (others.length > 0) throw new TypeError(others.map((one) => `${one.feed} ${one.outcome}`).join(', '));
  } finally {
    await store.close();
  }
}

/** Rows inserted, updated and deleted in the tables of content since they were made, as the server counts them. */
async function written(client: pg.Client): Promise<number> {
  // Sessions tell what they wrote when they end, a moment after their clients have closed them.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { rows } = await client.query<{ count: string }>(
    `select sum(n_tup_ins + n_tup_upd + n_tup_del) as count from pg_stat_user_tables where schemaname = 'content'`,
  );
  return Number(rows[0]?.count);
}

/** @returns milliseconds that copying took, without making the files and tables. */
async function copyAll(client: pg.Client): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'soupcon-bench-'));
  try {
    for (const table of tables) {
      await client.query(`create table plain_${table} (like content.${table})`);
      const rows = client.query(to(`copy content.${table} to stdout`));
      await pipeline(rows, createWriteStream(join(folder, table)));
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

const runs: Run[] = [];
for (let run = 0; run < Number(values.runs); run += 1) runs.push(await measure());
const against = median(runs.map(({ firstMs, copyMs }) => firstMs / copyMs));
const again = median(runs.map(({ firstMs, secondMs }) => secondMs / firstMs));
report(
  [
    { row: 7, what: 'import of all advisories against COPY', budget: '<= 6', today: against },
    { row: 7, what: 'the same import again against the first', budget: '<= 0.25', today: again },
  ],
  { place, runs },
);
