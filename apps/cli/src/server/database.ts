import type { Logger } from '@soupcon/model';
import { migrate, startEmbeddedPostgres } from '@soupcon/store';
import type { Environment } from '../config.ts';
import { dataDirectory } from './data-directory.ts';

/** A database with the newest schema. */
export interface Database {
  /** The owner's connection. */
  readonly url: string;
  /** Null when it is somebody else's: DATABASE_URL was given. */
  readonly embedded: Embedded | null;
  close(): Promise<void>;
}

export interface Embedded {
  /** Where everything is kept. */
  readonly directory: string;
  /** Another process started it, and ends it. */
  readonly attached: boolean;
  /** Settles when Postgres ends without having been asked to, with what is known about it. */
  readonly crashed: Promise<string>;
}

export interface DatabaseOptions {
  readonly environment: Environment;
  /** The data directory that was named; null is the usual one. */
  readonly data: string | null;
  /** For a service: the directory is its own. A command uses the server that is running there. */
  readonly use: 'own' | 'share';
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Opens DATABASE_URL, or the Postgres of the data directory, and brings it up to date. Naming a directory means that
 * one, whatever the environment says.
 * @throws {AppError} of the database, its schema or the data directory.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { environment, data, logger } = options;
  const url = data === null ? environment['DATABASE_URL'] || null : null;
  const database = url === null ? await startOwn(options) : { url, embedded: null, close: async () => {} };
  try {
    await migrate(database.url, logger);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function startOwn({ environment, data, use, signal, logger }: DatabaseOptions): Promise<Database> {
  const directory = dataDirectory(data, environment);
  const attach = use === 'own' ? 'never' : 'if-running';
  const postgres = await startEmbeddedPostgres({ directory, attach, signal, logger });
  const crashed = postgres.exited.then(({ code, signal: by }) => `Postgres ended with ${code ?? by}`);
  return {
    url: postgres.url,
    embedded: { directory, attached: postgres.attached, crashed },
    close: () => postgres.stop(),
  };
}
