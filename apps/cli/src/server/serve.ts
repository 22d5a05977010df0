import { createLogger, readApiConfig } from '@soupcon/api';
import { AppError } from '@soupcon/model';
import { readWorkerConfig } from '@soupcon/worker';
import { type Environment, readConfig } from '../config.ts';
import { exitStatus } from '../exit-status.ts';
import type { Io } from '../io.ts';
import type { ServerCommand } from '../server-args.ts';
import { type Service, startService } from './compose.ts';
import { type Database, openDatabase } from './database.ts';
import { keptSecretKey } from './secret-key.ts';

export interface ServerContext {
  readonly io: Io;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly environment: Environment;
}

export type ServeCommand = Extract<ServerCommand, { command: 'serve' | 'api' | 'worker' }>;

const partsOf = { serve: ['api', 'worker'], api: ['api'], worker: ['worker'] } as const;

/**
 * Runs the service, or one of its halves, until the signal.
 * @returns the status for the process: done when it was asked to end.
 * @throws {AppError} when it could not be started, or its Postgres ended by itself.
 */
export async function serve(command: ServeCommand, { io, signal, environment: given }: ServerContext): Promise<number> {
  const data = command.command === 'serve' ? command.data : null;
  const port = command.command === 'worker' ? null : command.port;
  const environment: Environment = { ...given, ...(port === null ? {} : { SOUPCON_PORT: String(port) }) };
  const ownsData = command.command === 'serve' && (data !== null || !environment['DATABASE_URL']);
  checkSettings(environment, ownsData);
  const logger = createLogger(environment['SOUPCON_LOG_LEVEL'] || 'info');
  const database = await openDatabase({ environment, data, use: 'own', signal, logger });
  try {
    const complete = await withSecrets(environment, database);
    const service = await startService({
      environment: complete,
      database,
      parts: partsOf[command.command],
      io,
      logger,
    });
    if (service.address !== null) io.say(`listening at ${service.address}, described at ${service.address}/docs`);
    logger.info({ address: service.address, parts: partsOf[command.command] }, 'service ready');
    await untilEnd(service, database, signal);
    logger.info({}, 'service stopped');
    return exitStatus.done;
  } finally {
    await database.close();
  }
}

/** Every fault at once, before anything is started. */
function checkSettings(environment: Environment, ownsData: boolean): void {
  const assumed = ownsData ? { ...environment, DATABASE_URL: 'postgres://soupcon@127.0.0.1/soupcon' } : environment;
  const faults = [() => readApiConfig(assumed), () => readWorkerConfig(assumed), () => readConfig(assumed)].flatMap(
    (read) => {
      try {
        read();
        return [];
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'config_invalid') throw error;
        return (error.subject ?? '').split('; ');
      }
    },
  );
  if (faults.length > 0) throw new AppError('config_invalid', { subject: [...new Set(faults)].join('; ') });
}

/** What a data directory of our own brings along. */
export async function withSecrets(environment: Environment, { url, embedded }: Database): Promise<Environment> {
  const key = environment['SOUPCON_SECRET_KEY'] || (embedded && (await keptSecretKey(embedded.directory)));
  return { ...environment, DATABASE_URL: url, ...(key ? { SOUPCON_SECRET_KEY: key } : {}) };
}

async function untilEnd(service: Service, { embedded }: Database, signal: AbortSignal): Promise<void> {
  const asked = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const ended = await Promise.race([asked, ...(embedded === null ? [] : [embedded.crashed])]);
  await service.close();
  if (ended !== null && embedded !== null) {
    throw new AppError('database_unavailable', {
      subject: `${ended}; ${embedded.directory}/postgres.log may say why`,
    });
  }
}
