import { Readable } from 'node:stream';

/** A body that is read while it is sent, and once only: no attempt can be made again with it. */
export interface StreamBody {
  readonly stream: AsyncIterable<Uint8Array>;
  /** How many bytes the stream gives, told ahead; with any other number the request fails. */
  readonly size: number;
}

/** A streamed body on its way. */
export interface Upload {
  readonly readable: Readable;
  /** What the stream itself failed with, which is no fault of the connection. */
  failure(): { readonly error: unknown } | null;
  /** Ends the watch: there is an answer, or none is awaited any more. */
  stop(): void;
}

export interface UploadWatch {
  /** The longest the other side may take for one piece. */
  readonly idleMs: number;
  /** The longest it may take to answer once it has been given everything. */
  readonly answerMs: number;
  /** @param words what took too long. */
  onStall(words: string): void;
}

/**
 * The client's own limit for an answer runs from the first byte sent, and a long upload over a slow line would meet it
 * on its way. So what is limited here is the time of each piece and of the answer after the last; the time that the
 * stream takes to have its next piece is its own affair.
 */
export function watchUpload({ stream }: StreamBody, { idleMs, answerMs, onStall }: UploadWatch): Upload {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failure: { error: unknown } | null = null;
  const arm = (ms: number, words: string) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => onStall(`${words} within ${ms} ms`), ms).unref();
  };
  async function* watched(): AsyncGenerator<Uint8Array> {
    const pieces = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        // Around this alone: what a cut connection throws into us comes out of the `yield`.
        const { done, value } = await pieces.next().catch((error: unknown) => {
          failure = { error };
          throw error;
        });
        if (done === true) break;
        arm(idleMs, 'a piece of the body was not taken');
        yield value;
        clearTimeout(timer);
      }
    } finally {
      clearTimeout(timer);
      await pieces.return?.();
    }
    arm(answerMs, 'no answer');
  }
  return {
    readable: Readable.from(watched()),
    failure: () => failure,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
