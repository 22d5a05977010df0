/**
 * Every limit on foreign bytes, one table. All bytes are of one layer unless the name says otherwise; a limit that is
 * met ends or skips what met it, is a problem with the code named beside it, and never an exception.
 */
export interface LayerLimits {
  /** Bytes after decompression. `limit_layer_bytes`. */
  readonly layerBytesMax: number;
  /** Uncompressed to stored bytes, once more than `ratioFloorBytes` came out. `limit_compression_ratio`. */
  readonly ratioMax: number;
  readonly ratioFloorBytes: number;
  /** Entries of the tar archive or directory. `limit_entries`. */
  readonly entriesMax: number;
  /** One extended header: pax records, a GNU long name, a sparse map. `limit_header_bytes`. */
  readonly headerBytesMax: number;
  /** `limit_path_bytes`. */
  readonly pathBytesMax: number;
  /** Components of a path. `limit_path_depth`. */
  readonly pathDepthMax: number;
  /** One file whose content is wanted. `limit_file_bytes`. */
  readonly fileBytesMax: number;
  /** Facts kept of an image, and so of each of its layers, in memory. `limit_kept_bytes`. */
  readonly keptBytesMax: number;
  /** Files with facts, and executables, kept of an image, and so of each of its layers. `limit_kept_files`. */
  readonly keptFilesMax: number;
  /** The lists of paths of an image, packed. `limit_kept_bytes`. */
  readonly pathsBytesMax: number;
  /** Window that a zstd frame may ask for: the decoder's own, named here, not settable. `limit_window_bytes`. */
  readonly windowBytesMax: number;
  /** Reading one layer, in milliseconds. `limit_time`. */
  readonly timeMsMax: number;
  /** Heap of one worker thread, in MiB; `limit_memory`. */
  readonly workerHeapMiBMax: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const defaultLimits: LayerLimits = {
  layerBytesMax: 64 * GiB,
  ratioMax: 200,
  ratioFloorBytes: GiB,
  entriesMax: 2_000_000,
  headerBytesMax: MiB,
  pathBytesMax: 4096,
  pathDepthMax: 256,
  fileBytesMax: 64 * MiB,
  keptBytesMax: 32 * MiB,
  keptFilesMax: 60_000,
  pathsBytesMax: 128 * MiB,
  windowBytesMax: 128 * MiB,
  timeMsMax: 15 * 60_000,
  workerHeapMiBMax: 256,
};
