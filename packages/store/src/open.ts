import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Logger, silentLogger } from '@soupcon/model';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { asAppError, isRepeatable } from './failure.ts';
import { connectionOf } from './roles.ts';
import { storableValue } from './storable.ts';
import type { NamedStatement, Statement, SystemStatements, SystemTx, TenantTx } from './tx.ts';

/** The only way to the tables. Both roles' pools are made when they are first needed. */
export interface Store {
  /** Runs in one transaction that sees the rows of one organization. Repeated on deadlock: `work` may run twice. */
  asTenant<T>(organizationId: string, work: (tx: TenantTx) => Promise<T>): Promise<T>;
  /** Runs in one transaction across tenants. Repeated on deadlock: `work` may run twice. */
  asSystem<T>(work: (tx: SystemTx) => Promise<T>): Promise<T>;
  /** Each statement a transaction of its own, in one round trip. Repeated on deadlock. */
  readonly single: SystemStatements;
  /** Connections of each pool, and how many wait for one. */
  connections(): Readonly<Record<'app' | 'system', Connections>>;
  /** Calls `onNotice` when somebody notifies the channel, until the signal; connects again by itself. */
  listen(channel: string, onNotice: () => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Connections {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface StoreOptions {
  /** The owner's connection; the store connects as its own roles. */
  readonly url: string;
  /** Connections of each role at most. */
  readonly connectionsMax?: number;
  readonly logger?: Logger;
  /** No statement of a tenant runs longer, in milliseconds. */
  readonly statementTimeoutMs?: number;
}

const repeatsMax = 5;
const listenAgainMs = 500;

/** Instants as RFC 3339 in UTC, to the microsecond; 64-bit integers as numbers: ids and sizes stay below 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text.replace(' ', 'T').replace(/\+00(:00)?$/, 'Z'));
types.setTypeParser(pg.types.builtins.INT8, Number);

export function openStore({
  url,
  connectionsMax = 10,
  logger = silentLogger,
  statementTimeoutMs = 30_000,
}: StoreOptions): Store {
  const pool = (config: pg.ClientConfig, name: string) => {
    const made = new pg.Pool({
      ...config,
      types,
      max: connectionsMax,
      application_name: name,
      connectionTimeoutMillis: 10_000,
    });
    // A connection that breaks while nobody uses it is replaced; whoever uses one gets the error himself.
    // Once the store is closed, a server that stops may still tell those that are about to leave.
    made.on('error', (error) => {
      if (!made.ending) logger.warn({ reason: error.message }, 'database connection lost');
    });
    return made;
  };
  const bounded = `-c statement_timeout=${statementTimeoutMs} -c idle_in_transaction_session_timeout=60000`;
  const app = pool(connectionOf(url, 'soupcon_app', bounded), 'soupcon app');
  const system = pool(
    connectionOf(url, 'soupcon_system', '-c idle_in_transaction_session_timeout=600000'),
    'soupcon system',
  );
  return {
    asTenant: (organizationId, work) =>
      inTransaction(app, async (client) => {
        await client.query({
          name: 'set organization',
          text: `select set_config('soupcon.organization', $1, true)`,
          values: [organizationId],
        });
        return work(tenantTx(client, organizationId));
      }),
    asSystem: (work) => inTransaction(system, (client) => work(systemTx(client))),
    single: {
      query: <Row extends pg.QueryResultRow>({ name, text, values = [] }: NamedStatement) =>
        repeated(async () => (await system.query<Row>({ name, text, values: values.map(storableValue) })).rows),
    },
    connections: () => ({ app: connectionsOf(app), system: connectionsOf(system) }),
    listen: (channel, onNotice, signal) => listen(system, channel, { onNotice, signal, logger }),
    close: async () => {
      await Promise.all([app.end(), system.end()]);
    },
  };
}

function connectionsOf({ totalCount, idleCount, waitingCount }: pg.Pool): Connections {
  return { total: totalCount, idle: idleCount, waiting: waitingCount };
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return repeated(() => once(pool, work));
}

async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let repeat = 0; ; repeat += 1) {
    try {
      return await work();
    } catch (error) {
      if (repeat < repeatsMax && isRepeatable(error)) continue;
      throw asAppError(error, 'the database');
    }
  }
}

async function once<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // While it is ours, its failure reaches us through the statement that fails.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause; // The connection is gone, and the transaction with it.
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

function tenantTx(client: pg.PoolClient, organizationId: string): TenantTx {
  return {
    kind: 'tenant',
    organizationId,
    query: async <Row extends pg.QueryResultRow>({ text, values = [] }: Statement) =>
      (await client.query<Row>(text, values.map(storableValue))).rows,
  };
}

function systemTx(client: pg.PoolClient): SystemTx {
  return {
    kind: 'system',
    query: async <Row extends pg.QueryResultRow>({ name, text, values = [] }: NamedStatement) =>
      (await client.query<Row>({ name, text, values: values.map(storableValue) })).rows,
    copy: async ({ text }, rows) => {
      const stream = client.query(copyFrom(text));
      await pipeline(Readable.from(rows, { objectMode: false }), stream);
      return stream.rowCount ?? 0;
    },
  };
}

async function listen(
  pool: pg.Pool,
  channel: string,
  { onNotice, signal, logger }: { onNotice: () => void; signal: AbortSignal; logger: Logger },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await listenOnce(pool, channel, onNotice, signal);
    } catch (error) {
      logger.debug({ channel, reason: error instanceof Error ? error.message : String(error) }, 'listen interrupted');
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, listenAgainMs).unref());
  }
}

/** Ends when the connection does. What was notified meanwhile is found by whoever looks regularly, too. */
async function listenOnce(pool: pg.Pool, channel: string, onNotice: () => void, signal: AbortSignal): Promise<void> {
  const client = await pool.connect();
  try {
    if (signal.aborted) return; // While we waited for a connection.
    await new Promise<void>((resolve, reject) => {
      client.on('notification', onNotice);
      client.on('error', reject);
      client.on('end', resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      client.query(`listen ${pg.escapeIdentifier(channel)}`).then(onNotice, reject);
    });
  } finally {
    client.removeAllListeners('notification');
    client.release(true);
  }
}
