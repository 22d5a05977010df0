import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AppError } from '@soupcon/model';
import type { ReadRecords, ReadTask } from './read-records.ts';

interface Waiting {
  resolve(read: ReadRecords): void;
  reject(error: unknown): void;
}

interface Reader {
  readonly thread: Worker;
  /** In the order of their tasks. */
  readonly waiting: Waiting[];
}

/** The database takes a core, too, and is half as busy as two of them keep it. */
export const readersMax = Math.max(1, Math.min(2, availableParallelism() - 1));

/**
 * Threads that read records, so that whoever else lives in this process is not held up. A thread that fails fails what it
 * was asked for, and a new one takes its place.
 */
export class ReaderThreads {
  readonly #readers: Reader[] = [];

  /** @throws {AppError} `worker_failed`. */
  async read(task: ReadTask): Promise<ReadRecords> {
    const { thread, waiting } = this.#leastBusy();
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      thread.postMessage(task);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.splice(0).map(({ thread }) => thread.terminate()));
  }

  #leastBusy(): Reader {
    if (this.#readers.length < readersMax) return this.#start();
    return this.#readers.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a));
  }

  #start(): Reader {
    const thread = new Worker(new URL('./reader-thread.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 },
      env: {},
      argv: [],
    });
    const reader: Reader = { thread, waiting: [] };
    const fail = (subject: string, cause?: unknown) => {
      const at = this.#readers.indexOf(reader);
      if (at !== -1) this.#readers.splice(at, 1);
      for (const { reject } of reader.waiting.splice(0)) reject(new AppError('worker_failed', { subject, cause }));
    };
    thread.on('message', (read: ReadRecords) => reader.waiting.shift()?.resolve(read));
    thread.on('error', (error) => fail(`reading advisories: ${error.message}`, error));
    thread.on('exit', (code) => fail(`reading advisories: exit ${code}`));
    this.#readers.push(reader);
    return reader;
  }
}
