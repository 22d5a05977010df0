import { connectionOf } from '@soupcon/store';
import { createPostgresBackend, type PgPool, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import { type Engine, queueName, queueOptions, workerOptions } from './engine.ts';
import type { ScanJob } from './job-queue.ts';

const { Queue, Worker } = withBackend(createPostgresBackend);
const schema = 'bullmq';
/** One connection listens for each worker; the others serve all calls of this process. */
const connectionsMax = 6;

/**
 * Jobs in the schema `bullmq` of our own database, under the role that owns it and sees nothing else.
 * @param ownerUrl the owner's connection, from which the role's is derived.
 */
export async function openPostgresEngine(ownerUrl: string, onError: (error: Error) => void): Promise<Engine> {
  const pool = new pg.Pool({
    ...connectionOf(ownerUrl, 'soupcon_queue', `-c search_path=${schema}`),
    application_name: 'soupcon queue',
    max: connectionsMax,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  pool.on('error', onError);
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  // The library's own words for a pool; those of @types/pg want arrays of values that may be changed.
  const connection = pool as unknown as PgPool;
  return {
    backend: 'postgres',
    queue: () => new Queue<ScanJob, void>(queueName, { ...queueOptions, connection }),
    worker: (process, concurrency) =>
      new Worker<ScanJob, void>(queueName, process, { ...workerOptions, connection, concurrency }),
    ping: async () => {
      await pool.query('select');
    },
    close: () => pool.end(),
  };
}

/** Brings the library's own tables up to date, once however many processes start together: it takes a lock. */
async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    // Our own migration has made the schema, and the role may make no other one, not even `if not exists`.
    const isForeign = (text: string) => !/^create schema if not exists /i.test(text);
    const query = async (text: string, values?: readonly unknown[]) =>
      isForeign(text) ? client.query(text, values && [...values]) : { rows: [] };
    await runMigrations({ query }, schema);
  } finally {
    client.release();
  }
}
