import { parentPort } from 'node:worker_threads';
import { randomAccess } from '@soupcon/advisories';
import { type ReadTask, readRecords } from './read-records.ts';

/*
 * A thread of `ReaderThreads`: tasks come in, and what was read goes out, in the same order. What is thrown ends it.
 */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (task: ReadTask) => {
  last = last.then(async () => {
    const archive = task.fd === null ? null : randomAccess(task.fd); // Whoever opened it closes it.
    parentPort?.postMessage(await readRecords(task, archive));
  });
});
