import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@soupcon/model';
import { openQueue } from '@soupcon/queue';
import { openStore } from '@soupcon/store';
import { startWorker } from '../../worker.ts';
import { done, quick } from './quick.ts';

/**
 * Test support: a worker in a process of its own, to be killed. Arguments: the database's URL, how long a scan takes in
 * milliseconds, and the URL of Redis if there is one. Says `ready` when it works.
 */
const [databaseUrl = '', scanMs = '0', redisUrl] = process.argv.slice(2);
const store = openStore({ url: databaseUrl });
const queue = await openQueue({ databaseUrl, ...(redisUrl === undefined ? {} : { redisUrl }) });
await startWorker({
  config: { jobs: quick },
  store,
  queue,
  logger: silentLogger,
  run: async (work, { signal }) => {
    await sleep(Number(scanMs), undefined, { signal });
    return {
      ...done,
      record: async (tx) => {
        const text = `update tenant.scans set priority = priority + 1 where id = $1`;
        await tx.query({ name: 'bench.record', text, values: [work.scanId] });
      },
    };
  },
});
process.send?.('ready');
