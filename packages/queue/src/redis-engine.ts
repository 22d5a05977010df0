import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type Engine, queueName, queueOptions, workerOptions } from './engine.ts';
import type { ScanJob } from './job-queue.ts';

const reconnectMsMax = 2_000;
const prefix = 'soupcon';

/** Jobs in Redis, which should keep them on disk (`appendonly yes`) but need not: the ledger has them. */
export async function openRedisEngine(url: string, onError: (error: Error) => void): Promise<Engine> {
  const shared = { retryStrategy: (times: number) => Math.min(100 * times, reconnectMsMax), connectTimeout: 10_000 };
  // Without a queue of its own for what cannot be sent: a call fails while Redis is away, and the ledger keeps the scan.
  const client = new Redis(url, { ...shared, enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  client.on('error', onError);
  await firstAnswer(client);
  const blocking = new Redis(url, { ...shared, maxRetriesPerRequest: null, lazyConnect: true });
  blocking.on('error', onError);
  return {
    backend: 'redis',
    queue: () => new Queue(queueName, { ...queueOptions, prefix, connection: client }),
    worker: (process, concurrency) =>
      new Worker<ScanJob, void, string>(queueName, process, {
        ...workerOptions,
        prefix,
        connection: blocking,
        concurrency,
      }),
    ping: async () => {
      await client.ping();
    },
    close: async () => {
      blocking.disconnect();
      client.disconnect();
    },
  };
}

/** The first connection has to come about; later ones are made again by themselves. */
async function firstAnswer(client: Redis): Promise<void> {
  try {
    await new Promise((resolve, reject) => {
      client.once('ready', resolve);
      client.once('error', reject);
    });
  } catch (error) {
    client.disconnect();
    throw error;
  }
}
