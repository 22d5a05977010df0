/** Takes stored bytes piece by piece; `write` is done when all output of a piece was given out. */
export interface Decoder {
  write(piece: Uint8Array): Promise<void> | void;
  /** Fails when the data is cut off. */
  end(): Promise<void> | void;
  /** Frees what it holds; may be called at any time, more than once. */
  close(): void;
}
