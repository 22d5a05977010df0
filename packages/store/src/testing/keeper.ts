import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Logger } from '@soupcon/model';
import { countGuests } from '../embedded/directory-lock.ts';
import type { EmbeddedPostgres } from '../embedded/handle.ts';
import { startEmbeddedPostgres } from '../embedded/start.ts';

/** A process of its own that serves the tests' Postgres until no test process has used it for a while. */
const idleMsMax = Number(process.argv[3]);
const lookMs = 500;

/** Nothing in it is worth anything after the run, so nothing waits for the disk. */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '200',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
};

const say = (fields: unknown, message: string) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const logger: Logger = { debug: () => {}, info: () => {}, warn: say, error: say };

async function keep(directory: string): Promise<void> {
  const postgres = await startFresh(directory);
  let ended = false;
  void postgres.exited.then(() => {
    ended = true;
  });
  for (let idleSince = performance.now(); !ended && performance.now() - idleSince < idleMsMax; await sleep(lookMs))
    if ((await countGuests(directory)) > 0) idleSince = performance.now();
  await postgres.stop();
}

/** A cluster that the machine's end or an older version has left unusable is made again. */
async function startFresh(directory: string): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres({ directory, logger, settings });
  } catch (error) {
    const isBroken = error instanceof AppError && ['embedded_failed', 'embedded_version'].includes(error.code);
    if (!isBroken) throw error;
    say({ error: error.message }, 'cluster made again');
    await rm(`${directory}/postgres`, { recursive: true, force: true });
    return startEmbeddedPostgres({ directory, logger, settings });
  }
}

try {
  await keep(process.argv[2] ?? '');
} catch (error) {
  // Another keeper was first.
  if (!(error instanceof AppError && error.code === 'embedded_busy')) throw error;
}
