/** What is used of the reference decoder, which the package ships as WebAssembly. Pointers and sizes are 32 bit. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_DStreamInSize(): number;
  ZSTD_DStreamOutSize(): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/**
 * Node has no zstd before 22.15. Loaded only for a layer that needs it. The package's own loop cannot wait for input and does
 * not look at errors.
 */
let loaded: Promise<Exports> | undefined;

function load(): Promise<Exports> {
  loaded ??= (async () => {
    const { ZSTDDecoder } = await import('zstddec/stream');
    const decoder = new ZSTDDecoder();
    let exports: Exports | undefined;
    decoder._init = (result) => {
      exports = result.instance.exports as unknown as Exports;
    };
    await decoder.init();
    if (exports === undefined) throw new TypeError('The zstd decoder did not say its exports.');
    return exports;
  })();
  return loaded;
}

/** Codes of zstd_errors.h; an error is a size beyond all sizes. */
const errorWindowTooLarge = 16;
const errorsFrom = 2 ** 32 - 200;

/** `window` when a frame asks for a larger window than 128 MiB, the reference decoder's own limit; else `corrupt`. */
export class ZstdError extends Error {
  override readonly name = 'ZstdError';
  readonly kind: 'window' | 'corrupt';
  constructor(kind: 'window' | 'corrupt') {
    super(kind === 'window' ? 'window too large' : 'not valid zstd data');
    this.kind = kind;
  }
}

/** Frame after frame, skippable ones too, in pieces of any size; what it hands out is valid only during the call. */
export class ZstdStream {
  readonly #zstd: Exports;
  readonly #context: number;
  readonly #buffers: number;
  readonly #inputMax: number;
  readonly #outputMax: number;
  /** 0 after a whole frame. */
  #wants = 0;

  static async open(): Promise<ZstdStream> {
    return new ZstdStream(await load());
  }

  private constructor(zstd: Exports) {
    this.#zstd = zstd;
    this.#context = zstd.ZSTD_createDCtx();
    this.#inputMax = zstd.ZSTD_DStreamInSize();
    this.#outputMax = zstd.ZSTD_DStreamOutSize();
    this.#buffers = zstd.malloc(24 + this.#inputMax + this.#outputMax);
  }

  /** @throws {ZstdError} */
  write(piece: Uint8Array, give: (piece: Uint8Array) => void): void {
    for (let at = 0; at < piece.length; at += this.#inputMax) this.#feed(piece.subarray(at, at + this.#inputMax), give);
  }

  /** @throws {ZstdError} when the last frame is not whole. */
  end(): void {
    if (this.#wants !== 0) throw new ZstdError('corrupt');
  }

  close(): void {
    this.#zstd.ZSTD_freeDCtx(this.#context);
    this.#zstd.free(this.#buffers);
  }

  #feed(piece: Uint8Array, give: (piece: Uint8Array) => void): void {
    const [input, output] = [this.#buffers, this.#buffers + 12];
    const [inputBytes, outputBytes] = [this.#buffers + 24, this.#buffers + 24 + this.#inputMax];
    new Uint8Array(this.#zstd.memory.buffer).set(piece, inputBytes);
    // The struct is: pointer, size, position. Memory may grow in each call, and views on it end then.
    const inputStruct = new Uint32Array(this.#zstd.memory.buffer, input, 3);
    inputStruct.set([inputBytes, piece.length, 0]);
    for (;;) {
      new Uint32Array(this.#zstd.memory.buffer, output, 3).set([outputBytes, this.#outputMax, 0]);
      const result = this.#zstd.ZSTD_decompressStream(this.#context, output, input) >>> 0;
      if (result > errorsFrom) throw new ZstdError(2 ** 32 - result === errorWindowTooLarge ? 'window' : 'corrupt');
      this.#wants = result;
      const written = new Uint32Array(this.#zstd.memory.buffer, output, 3)[2] ?? 0;
      const read = new Uint32Array(this.#zstd.memory.buffer, input, 3)[2] ?? 0;
      if (written > 0) give(new Uint8Array(this.#zstd.memory.buffer, outputBytes, written));
      // A full output buffer may mean that there is more, although all input is taken.
      if (read === piece.length && written < this.#outputMax) return;
    }
  }
}
