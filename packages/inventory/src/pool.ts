import { Worker } from 'node:worker_threads';
import type { LayerLimits } from '@soupcon/layers';
import { AppError, type Inventory } from '@soupcon/model';
import type { PackedIndex } from './packed-index.ts';
import type { FromWorker, Task, ToWorker } from './worker-protocol.ts';

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** Bytes of a layer whose content is `sent`. */
  readonly pieces?: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  readonly onProgress?: (count: number) => void;
  /** What it is about, for errors. */
  readonly subject: string;
}

/** A thread that its own limits should have ended is given this much longer, in milliseconds. */
const graceMs = 30_000;

/**
 * Worker threads that take one task each. A thread that runs out of memory, crashes or outlives its deadline is ended
 * and replaced; only its task fails.
 */
export class WorkerPool {
  readonly #limits: LayerLimits;
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor({ threads, limits }: { threads: number; limits: LayerLimits }) {
    this.#free = Math.max(1, threads);
    this.#limits = limits;
  }

  async index(task: Extract<Task, { kind: 'index' }>, options: TaskOptions): Promise<PackedIndex> {
    const answer = await this.#run(task, options);
    if (answer.type !== 'indexed') throw new TypeError(`A worker answered ${answer.type} to index.`);
    return answer.index;
  }

  async fold(task: Extract<Task, { kind: 'fold' }>, options: TaskOptions): Promise<Inventory> {
    const answer = await this.#run(task, options);
    if (answer.type !== 'folded') throw new TypeError(`A worker answered ${answer.type} to fold.`);
    return answer.inventory;
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }

  async #run(task: Task, options: TaskOptions): Promise<FromWorker> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      options.signal.throwIfAborted();
      const worker = this.#idle.pop() ?? this.#start();
      const run = new Run(worker, task, options, this.#limits.timeMsMax + graceMs);
      const answer = await run.finished();
      this.#idle.push(worker);
      return answer;
    } catch (error) {
      throw options.signal.aborted ? abortReason(options.signal) : error;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #start(): Worker {
    return new Worker(new URL('./worker.js', import.meta.url), {
      // A small young generation also bounds the unpacked pieces that wait to be freed: 40 MiB less than with 16 MiB.
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.workerHeapMiBMax, maxYoungGenerationSizeMb: 4 },
      env: {},
      argv: [],
    });
  }
}

function abortReason(signal: AbortSignal): unknown {
  return signal.reason instanceof AppError ? signal.reason : new AppError('aborted', { cause: signal.reason });
}

/** One task in one thread. The thread is ended unless it answered. */
class Run {
  readonly #worker: Worker;
  readonly #options: TaskOptions;
  readonly #answer: Promise<FromWorker>;
  readonly #stop = new AbortController();
  #pieces: AsyncIterator<Uint8Array> | null = null;
  /** Pieces the thread has asked for and not got. */
  #asked = 0;
  #pumping = false;
  #ended = false;

  constructor(worker: Worker, task: Task, options: TaskOptions, deadlineMs: number) {
    this.#worker = worker;
    this.#options = options;
    this.#answer = new Promise<FromWorker>((resolve, reject) => {
      // Only our own listeners are taken off: the thread's port needs those that Node itself put there.
      const listeners: readonly (readonly [string, (...args: never[]) => void])[] = [
        ['error', (cause: Error) => fail(crashOf(options.subject, cause.message, cause))],
        ['exit', (code: number) => fail(crashOf(options.subject, `exit ${code}`))],
        ['message', (message: FromWorker) => onMessage(message)],
      ];
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        for (const [name, listener] of listeners) worker.off(name, listener as () => void);
        options.signal.removeEventListener('abort', onAbort);
        this.#stop.abort();
        finish();
      };
      const fail = (error: unknown) => settle(() => void worker.terminate().then(() => reject(error), reject));
      const onAbort = () => fail(abortReason(options.signal));
      const onMessage = (message: FromWorker) => {
        if (message.type === 'progress') options.onProgress?.(message.count);
        else if (message.type === 'ready') this.#pump();
        else if (message.type === 'error') fail(errorOf(message, options.subject));
        else settle(() => resolve(message));
      };
      const timer = setTimeout(() => fail(new AppError('deadline_exceeded', { subject: options.subject })), deadlineMs);
      options.signal.addEventListener('abort', onAbort, { once: true });
      for (const [name, listener] of listeners) worker.on(name, listener as () => void);
      this.#send({ type: 'task', task }, buffersOf(task));
    });
  }

  finished(): Promise<FromWorker> {
    return this.#answer;
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Sends as many pieces as were asked for, so that no more than a few are ever in memory. */
  #pump(): void {
    this.#asked += 1;
    if (!this.#pumping) void this.#pumpAll();
  }

  async #pumpAll(): Promise<void> {
    this.#pumping = true;
    try {
      this.#pieces ??= (await this.#openPieces())[Symbol.asyncIterator]();
      while (this.#asked > 0 && !this.#ended) {
        const { done, value } = await this.#pieces.next();
        if (this.#stop.signal.aborted) break;
        this.#asked -= 1;
        this.#ended = done === true;
        if (done) this.#send({ type: 'last' });
        else {
          // A copy, because the piece may be part of a buffer that others use.
          const piece = Uint8Array.from(value);
          this.#send({ type: 'piece', piece }, [piece.buffer]);
        }
      }
      if (this.#stop.signal.aborted) await this.#pieces.return?.();
    } catch (error) {
      this.#ended = true;
      const known =
        error instanceof AppError ? error : new AppError('source_unreadable', { subject: String(error), cause: error });
      if (!this.#stop.signal.aborted) this.#send({ type: 'failed', error: known.toTransfer() });
    }
    this.#pumping = false;
  }

  async #openPieces(): Promise<AsyncIterable<Uint8Array>> {
    if (this.#options.pieces === undefined) throw new TypeError('A task asked for pieces that it has not.');
    return this.#options.pieces(this.#stop.signal);
  }
}

/** The indexes move to the thread that folds them; a layer that is there twice has one. */
function buffersOf(task: Task): ArrayBuffer[] {
  return task.kind === 'fold' ? [...new Set(task.layers.map(({ bytes }) => bytes.buffer))] : [];
}

function crashOf(subject: string, reason: string, cause?: Error): AppError {
  return new AppError('worker_failed', { subject: `${subject}: ${reason}`, ...(cause ? { cause } : {}) });
}

function errorOf({ error, message }: Extract<FromWorker, { type: 'error' }>, subject: string): Error {
  if (error !== null) return AppError.fromTransfer(error);
  return new AppError('worker_failed', { subject, detail: { stack: message } });
}
