import { parentPort } from 'node:worker_threads';
import { AppError, type Inventory } from '@soupcon/model';
import { catalogers } from './catalogers.ts';
import { type IndexableContent, indexLayer } from './index-layer.ts';
import { buffersOf, type PackedIndex, packIndex, unpackIndex } from './packed-index.ts';
import { type FromWorker, piecesInFlight, type Task, type ToWorker } from './worker-protocol.ts';

/** A thread that reads hostile bytes, so that the thread that serves others never waits for them. */
const port = parentPort;
if (port === null) throw new TypeError('This file is started as a worker thread.');

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
let inbox: Inbox | null = null;

/** Progress is for people: it is told no more often than this, in milliseconds. */
const progressMs = 100;

port.on('message', (message: ToWorker) => {
  if (message.type === 'task') void run(message.task);
  else inbox?.put(message);
});

async function run(task: Task): Promise<void> {
  try {
    if (task.kind === 'fold') return send({ type: 'folded', inventory: await fold(task) });
    const { expected, limits } = task;
    let toldAt = performance.now();
    const index = await indexLayer(contentOf(task.content), expected, {
      catalogers,
      limits,
      signal: new AbortController().signal, // The pool ends the whole thread instead.
      onProgress: (count) => {
        const now = performance.now();
        if (now - toldAt < progressMs) return;
        toldAt = now;
        send({ type: 'progress', count });
      },
    });
    const packed = packIndex(index);
    send({ type: 'indexed', index: packed }, buffersOf([packed]));
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

/** Only the thread that folds loads what it takes. */
async function fold({ layers, image }: Extract<Task, { kind: 'fold' }>): Promise<Inventory> {
  const { foldImage } = await import('./fold.ts');
  // A layer that is there twice is the same object twice, also behind the wall between threads.
  const unpacked = new Map([...new Set(layers)].map((packed: PackedIndex) => [packed, unpackIndex(packed)]));
  return foldImage(
    layers.flatMap((packed) => unpacked.get(packed) ?? []),
    image,
  );
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
    for (let count = 0; count < piecesInFlight; count += 1) send({ type: 'ready', memory: null });
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
      const memory = next.piece.buffer;
      send({ type: 'ready', memory }, [memory]);
    }
  }
}
