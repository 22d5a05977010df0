import { type RunningApi, readApiConfig, startApi } from '@soupcon/api';
import { createNet } from '@soupcon/net';
import { openQueue } from '@soupcon/queue';
import { openSealer, openStore } from '@soupcon/store';
import { createWorkerMetrics, type RunningWorker, readWorkerConfig, startScanningWorker } from '@soupcon/worker';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Environment, readConfig } from '../config.ts';
import type { Io } from '../io.ts';
import { toolVersion } from '../tool-version.ts';
import type { Database } from './database.ts';
import { prepareFirstStart } from './first-start.ts';
import { serveMetrics } from './metrics-server.ts';

export interface ServiceOptions {
  /** With DATABASE_URL and SOUPCON_SECRET_KEY set. */
  readonly environment: Environment;
  readonly database: Database;
  readonly parts: readonly ('api' | 'worker')[];
  readonly io: Io;
  readonly logger: Logger;
}

export interface Service {
  /** Of the HTTP interface: `http://127.0.0.1:8080`; null where only a worker runs. */
  readonly address: string | null;
  /** Takes no more requests and begins no more scans; those that are running are given back. */
  close(): Promise<void>;
}

/**
 * Starts the HTTP interface, a worker, or both in this process.
 * @throws {AppError} of what could not be started; what had been is closed again.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { environment, parts } = options;
  const configs = {
    api: readApiConfig(environment),
    worker: readWorkerConfig(environment),
    net: readConfig(environment),
  };
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    const begun = await begin(options, configs, closers);
    // The worker first: once the interface answers, what is pushed is scanned.
    if (parts.includes('worker')) closers.push(closing(await begun.worker()));
    const api = parts.includes('api') ? await begun.api() : null;
    if (api !== null) closers.push(closing(api));
    const { metricsPort } = configs.worker;
    if (api === null && metricsPort !== null) {
      closers.push(closing(await serveMetrics(begun.registry, { host: configs.api.host, port: metricsPort })));
    }
    return { address: api?.address ?? null, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Configs {
  readonly api: ReturnType<typeof readApiConfig>;
  readonly worker: ReturnType<typeof readWorkerConfig>;
  readonly net: ReturnType<typeof readConfig>;
}

async function begin(
  { environment, database, io, logger }: ServiceOptions,
  configs: Configs,
  closers: (() => Promise<void>)[],
) {
  const store = openStore({ url: database.url, logger });
  closers.push(() => store.close());
  const { sealer, state } = await openSealer(store, configs.api.secretKey);
  if (state !== 'ready') {
    logger.error({ secretKey: state }, 'secret key unusable: registries with credentials are refused');
  }
  await prepareFirstStart(store, { io, logger, directory: database.embedded?.directory ?? null });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    worker: async (): Promise<RunningWorker> => {
      const { redisUrl } = configs.worker;
      const queue = await openQueue({ databaseUrl: database.url, ...(redisUrl === null ? {} : { redisUrl }), logger });
      closers.push(() => queue.close());
      const net = createNet({
        allowPrivate: mayReachPrivate(environment, database),
        ca: configs.net.certificates,
        proxy: configs.net.proxy,
        userAgent: `soupcon/${toolVersion}`,
        logger,
      });
      closers.push(() => net.close());
      const metrics = createWorkerMetrics({ store, queue, logger, registry });
      return startScanningWorker({ config: configs.worker, store, queue, sealer, net, metrics, logger });
    },
    api: (): Promise<RunningApi> =>
      startApi({ config: configs.api, rateLimit: configs.api.rateLimit, store, sealer, metrics: registry, logger }),
  };
}

function closing(one: { close(): Promise<void> }): () => Promise<void> {
  return () => one.close();
}

/** Where everything is one's own machine, its neighbours may be scanned; a public service has to be told so. */
function mayReachPrivate(environment: Environment, { embedded }: Database): boolean {
  const isAllowed = !['', '0', undefined].includes(environment['SOUPCON_ALLOW_PRIVATE']);
  return isAllowed || (embedded !== null && !environment['SOUPCON_PUBLIC_URL']);
}
