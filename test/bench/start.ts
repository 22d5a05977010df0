import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@soupcon/model';
import { startEmbeddedPostgres } from '@soupcon/store';
import { startSoupcon, until } from '../support/service.ts';
import { median, report } from './figures.ts';

/**
 * From the command to the first answer of `soupcon serve` on a data directory that is there, against its Postgres alone,
 * in turns.
 */
const runs = Number(process.argv[2] ?? 5);
const home = await mkdtemp(join(tmpdir(), 'soupcon-bench-start-'));
const data = join(home, 'data');

async function serve(): Promise<number> {
  const startedAt = performance.now();
  const environment = { SOUPCON_LOG_LEVEL: 'error' };
  const running = startSoupcon(['serve', '--port', '0', '--data', data], { home, environment });
  const listening = async () => (running.output().includes('listening at') ? true : undefined);
  await until('serve to listen', listening, { everyMs: 5, output: running.output });
  const wallMs = performance.now() - startedAt;
  await running.stop();
  return wallMs;
}

async function postgres(): Promise<number> {
  const startedAt = performance.now();
  const running = await startEmbeddedPostgres({ directory: data, logger: silentLogger });
  const wallMs = performance.now() - startedAt;
  await running.stop();
  return wallMs;
}

try {
  await serve();
  const pairs: { serveMs: number; postgresMs: number }[] = [];
  for (let run = 0; run < runs; run += 1) pairs.push({ serveMs: await serve(), postgresMs: await postgres() });
  const more = median(pairs.map(({ serveMs, postgresMs }) => serveMs - postgresMs)) / 1000;
  report([{ row: 10, what: 'second start to ready, seconds more than Postgres', budget: '<= 3', today: more }], {
    pairs,
  });
} finally {
  await rm(home, { recursive: true, force: true });
}
