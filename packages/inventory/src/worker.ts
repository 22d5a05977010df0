import { parentPort } from 'node:worker_threads';
import { AppError } from '@soupcon/model';
import { catalogers } from './catalogers.ts';
import { foldImage } from './fold.ts';
import { type IndexableContent, indexLayer } from './index-layer.ts';
import { type FromWorker, piecesInFlight, type Task, type ToWorker } from './worker-protocol.ts';

/** A thread that reads hostile bytes, so that the thread that serves others never waits for them. */
const port = parentPort;
if (port === null) throw new TypeError('This file is started as a worker thread.');

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
let inbox: Inbox | null = null;

port.on('message', (message: ToWorker) => {
  if (message.type === 'task') void run(message.task);
  else inbox?.put(message);
});

async function run(task: Task): Promise<void> {
  try {
    if (task.kind === 'fold') return send({ type: 'folded', inventory: foldImage(task.layers, task.image) });
    const { expected, limits } = task;
    let told = 0;
    const index = await indexLayer(contentOf(task.content), expected, {
      catalogers,
      limits,
      signal: new AbortController().signal, // The pool ends the whole thread instead.
      onProgress: (count) => {
        if (count - told < progressStep(task)) return;
        told = count;
        send({ type: 'progress', count });
      },
    });
    send({ type: 'indexed', index }, [index.paths.buffer as ArrayBuffer]);
  } catch (error) {
    const known = error instanceof AppError ? error.toTransfer() : null;
    send({
      type: 'error',
      error: known,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  } finally {
    inbox = null;
  }
}

function progressStep(task: Extract<Task, { kind: 'index' }>): number {
  return task.content.kind === 'directory' ? 1000 : 512 * 1024;
}

function contentOf(content: Extract<Task, { kind: 'index' }>['content']): IndexableContent {
  if (content.kind !== 'sent') return content;
  inbox = new Inbox();
  return { kind: 'pieces', pieces: inbox.pieces() };
}

/** Pieces that were sent, in order; asks for another whenever one is used up. */
class Inbox {
  readonly #waiting: Exclude<ToWorker, { type: 'task' }>[] = [];
  #wake: (() => void) | null = null;

  put(message: Exclude<ToWorker, { type: 'task' }>): void {
    this.#waiting.push(message);
    this.#wake?.();
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < piecesInFlight; count += 1) send({ type: 'ready' });
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      if (next.type === 'last') return;
      if (next.type === 'failed') throw AppError.fromTransfer(next.error);
      yield next.piece;
      send({ type: 'ready' });
    }
  }
}
