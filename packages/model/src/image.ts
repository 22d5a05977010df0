import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';
import type { Problem } from './problems.ts';

/** A pointer to content: what a manifest says of a blob. `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
}

/** One step of an image's build; `emptyLayer` steps have no layer. */
export interface HistoryEntry {
  readonly createdBy: string | null;
  readonly created: string | null;
  readonly comment: string | null;
  readonly emptyLayer: boolean;
}

/** The image configuration, every optional part normalised to a value. */
export interface ImageConfig {
  readonly platform: Platform | null;
  readonly created: string | null;
  /** Digests of the uncompressed layers, base first; null where there is no configuration that lists them. */
  readonly diffIds: readonly Digest[] | null;
  readonly history: readonly HistoryEntry[];
  readonly user: string | null;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** `digest` and `diffId` are null where the source has none (a directory). `size` is of the stored bytes. */
export interface ImageLayer {
  readonly index: number;
  readonly digest: Digest | null;
  readonly diffId: Digest | null;
  readonly size: number | null;
  readonly mediaType: string;
}

/** One platform's image, its manifest and configuration read and verified, its layers not yet. */
export interface ResolvedImage {
  /** As the user wrote it. */
  readonly reference: string;
  /** The platform manifest's digest; for a docker archive the image id; null for a directory or bill of materials. */
  readonly digest: Digest | null;
  readonly mediaType: string | null;
  readonly platform: Platform | null;
  readonly created: string | null;
  /** Sum of the stored layers and the configuration, in bytes; null when unknown. */
  readonly size: number | null;
  readonly config: ImageConfig;
  readonly layers: readonly ImageLayer[];
  readonly problems: readonly Problem[];
}

/**
 * Where a layer's stored bytes are. A `file` range is read by whoever needs it; a `stream` is opened by the thread that
 * has the source; a `directory` is a root file system, not an archive; `unavailable` says why there is nothing.
 */
export type LayerContent =
  | { readonly kind: 'file'; readonly path: string; readonly offset: number; readonly size: number }
  | { readonly kind: 'stream'; open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'unavailable'; readonly problem: Problem };

/** An opened image, the same for a registry, a layout, an archive or a directory. */
export interface ImageSource {
  readonly image: ResolvedImage;
  layer(index: number): LayerContent;
  /** The order in which layers come cheapest, and whether several may be read at once. */
  readonly access: { readonly order: readonly number[]; readonly parallel: boolean };
  close(): Promise<void>;
}
