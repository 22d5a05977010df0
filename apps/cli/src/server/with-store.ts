import { openStore, type Store } from '@soupcon/store';
import { createLogger } from '../io.ts';
import { type Database, openDatabase } from './database.ts';
import type { ServerContext } from './serve.ts';

/** Runs a command on the store of DATABASE_URL or of the data directory, beside a service that may be running there. */
export async function withStore<T>(
  { io, signal, environment }: ServerContext,
  data: string | null,
  work: (store: Store, database: Database) => Promise<T>,
): Promise<T> {
  const logger = createLogger(io, { quiet: false });
  const database = await openDatabase({ environment, data, use: 'share', signal, logger });
  try {
    const store = openStore({ url: database.url, logger });
    try {
      return await work(store, database);
    } finally {
      await store.close();
    }
  } finally {
    await database.close();
  }
}
