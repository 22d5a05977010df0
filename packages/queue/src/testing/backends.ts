import { connectionOf } from '@soupcon/store';
import pg from 'pg';
import { hasRedis, startRedis } from './redis-server.ts';

/** Test support: what a queue can stand on, so that everything that uses one is tested on each. */
export interface QueueBackend {
  /** Names the program when it is not there. */
  readonly name: string;
  readonly isMissing: boolean;
  /** @param databaseUrl the owner's, of a migrated database. */
  start(databaseUrl: string): Promise<{
    /** To be given to `openQueue`. */
    readonly settings: { readonly databaseUrl: string; readonly redisUrl?: string };
    /** Loses every job, as when an operator empties it. */
    empty(): Promise<void>;
    /** Of what is not the database: it loses everything, too. */
    restart(): Promise<void>;
    stop(): Promise<void>;
  }>;
}

const postgres: QueueBackend = {
  name: 'postgres',
  isMissing: false,
  start: async (databaseUrl) => ({
    settings: { databaseUrl },
    empty: async () => {
      const client = new pg.Client(connectionOf(databaseUrl, 'soupcon_queue'));
      await client.connect();
      await client.query('truncate bullmq.job, bullmq.event, bullmq.meta cascade');
      await client.end();
    },
    restart: async () => {},
    stop: async () => {},
  }),
};

const redis: QueueBackend = {
  name: hasRedis ? 'redis' : 'redis (not run: redis-server is not on the PATH)',
  isMissing: !hasRedis,
  start: async (databaseUrl) => {
    const server = await startRedis();
    const { flush: empty, restart, stop } = server;
    return { settings: { databaseUrl, redisUrl: server.url }, empty, restart, stop };
  },
};

export const queueBackends: readonly QueueBackend[] = [postgres, redis];
