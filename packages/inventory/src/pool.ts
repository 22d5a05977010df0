import { Worker } from 'node:worker_threads';
import type { LayerLimits } from '@soupcon/layers';
import { AppError, type Inventory } from '@soupcon/model';
import { buffersOf, type PackedIndex } from './packed-index.ts';
import { type FromWorker, pieceBytesMax, type Task, type ToWorker } from './worker-protocol.ts';

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
      // A young generation of 16 MiB takes 15 MiB more and saves no time that could be measured.
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
  /** Memory of the pieces that the thread has asked for and not got. */
  readonly #asked: ArrayBuffer[] = [];
  /** What did not fit into the last piece; it stays valid until the next is asked for. */
  #rest: Uint8Array = new Uint8Array(0);
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
        else if (message.type === 'ready') this.#pump(message.memory);
        else if (message.type === 'error') fail(errorOf(message, options.subject));
        else settle(() => resolve(message));
      };
      const timer = setTimeout(() => fail(new AppError('deadline_exceeded', { subject: options.subject })), deadlineMs);
      options.signal.addEventListener('abort', onAbort, { once: true });
      for (const [name, listener] of listeners) worker.on(name, listener as () => void);
      this.#send({ type: 'task', task }, task.kind === 'fold' ? buffersOf(task.layers) : []);
    });
  }

  finished(): Promise<FromWorker> {
    return this.#answer;
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Sends as many pieces as were asked for, in the same memory again and again: no more than a few are ever held. */
  #pump(memory: ArrayBuffer | null): void {
    this.#asked.push(memory ?? new ArrayBuffer(pieceBytesMax));
    if (!this.#pumping) void this.#pumpAll();
  }

  async #pumpAll(): Promise<void> {
    this.#pumping = true;
    try {
      this.#pieces ??= (await this.#openPieces())[Symbol.asyncIterator]();
      for (let memory = this.#asked.shift(); memory !== undefined && !this.#ended; memory = this.#asked.shift()) {
        const piece = await this.#fill(new Uint8Array(memory), this.#pieces);
        if (this.#stop.signal.aborted) break;
        if (piece.length > 0) this.#send({ type: 'piece', piece }, [memory]);
        if (this.#ended) this.#send({ type: 'last' });
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

  /** Copies, because what comes may be part of a buffer that others use; small pieces are put together. */
  async #fill(memory: Uint8Array<ArrayBuffer>, pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
    let filled = 0;
    while (filled < memory.length && !this.#ended && !this.#stop.signal.aborted) {
      if (this.#rest.length === 0) {
        const { done, value } = await pieces.next();
        this.#ended = done === true;
        if (!done) this.#rest = value;
        continue;
      }
      const take = this.#rest.subarray(0, memory.length - filled);
      memory.set(take, filled);
      filled += take.length;
      this.#rest = this.#rest.subarray(take.length);
    }
    return memory.subarray(0, filled);
  }

  async #openPieces(): Promise<AsyncIterable<Uint8Array>> {
    if (this.#options.pieces === undefined) throw new TypeError('A task asked for pieces that it has not.');
    return this.#options.pieces(this.#stop.signal);
  }
}

function crashOf(subject: string, reason: string, cause?: Error): AppError {
  return new AppError('worker_failed', { subject: `${subject}: ${reason}`, ...(cause ? { cause } : {}) });
}

/** Whether a task failed because its thread met the limit of its memory. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'worker_failed') return false;
  return (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function errorOf({ error, message }: Extract<FromWorker, { type: 'error' }>, subject: string): Error {
  if (error !== null) return AppError.fromTransfer(error);
  return new AppError('worker_failed', { subject, detail: { stack: message } });
}
