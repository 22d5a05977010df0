import type { Digest, Problem } from '@soupcon/model';

/** A file of a layer that somebody wants to know of. */
export interface KeptFile {
  /** As the layer says, clean. */
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  /** ELF, PE or Mach-O by its first bytes. */
  readonly executable: boolean;
  /** By cataloger id. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * What is in a layer, alone: a pure function of its bytes and the catalogers' versions. Survives structured cloning.
 * `digest` and `diffId` are of the bytes that were read; null where there were none to hash (a directory).
 */
export interface LayerIndex {
  readonly digest: Digest | null;
  readonly diffId: Digest | null;
  /** Stored bytes. */
  readonly size: number;
  /** All entries' paths with what they are, packed; `file` counts in `files`. `readChanges` reads it. */
  readonly paths: Uint8Array;
  /** Whiteouts and opaque directories, packed alike. */
  readonly hidden: Uint8Array;
  readonly files: readonly KeptFile[];
  /** Their `layer` is null here: the fold knows which one it is. */
  readonly problems: readonly Problem[];
  /** Versions of the catalogers that made it, by id. */
  readonly catalogers: Readonly<Record<string, number>>;
}
