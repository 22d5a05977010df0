/**
 * What could not be read, or was read with doubt, in an image. A problem is data: it is stored and shown in the label.
 * `lost` says whether something that could matter was not read; then the label is at most `partial`.
 */
export const problemTable = {
  // Limits of layers/limits.ts, one each.
  limit_layer_bytes: { lost: true, message: 'The layer unpacks to more bytes than the limit' },
  limit_compression_ratio: { lost: true, message: 'The layer unpacks to far more bytes than it has' },
  limit_entries: { lost: true, message: 'The layer has more entries than the limit' },
  limit_header_bytes: { lost: true, message: 'An entry has a header larger than the limit' },
  limit_path_bytes: { lost: true, message: 'A path is longer than the limit' },
  limit_path_depth: { lost: true, message: 'A path is deeper than the limit' },
  limit_file_bytes: { lost: true, message: 'A file that should be read is larger than the limit' },
  limit_kept_bytes: { lost: true, message: 'What should be kept of the layer is larger than the limit' },
  limit_kept_files: { lost: true, message: 'The layer has more files that should be kept than the limit' },
  limit_memory: { lost: true, message: 'Reading it needed more memory than the limit' },
  limit_window_bytes: { lost: true, message: 'The layer needs a larger decompression window than the limit' },
  limit_time: { lost: true, message: 'Reading the layer took longer than the limit' },
  // Faults inside a layer whose bytes are what their digest says.
  tar_header_invalid: { lost: true, message: 'A tar header is invalid; the rest of the layer was not read' },
  tar_truncated: { lost: true, message: 'The tar archive ends in the middle of an entry' },
  tar_sparse_unsupported: { lost: true, message: 'A sparse file has a map that cannot be read' },
  path_outside_root: { lost: false, message: 'An entry names a path outside the image and was left out' },
  path_invalid: { lost: false, message: 'An entry has a name that is not a path and was left out' },
  layer_foreign: { lost: true, message: 'The layer is kept outside the registry and was not read' },
  layer_media_type_unknown: { lost: true, message: 'The layer is of an unknown kind and was not read' },
  file_unreadable: { lost: true, message: 'A file or directory could not be read' },
  // The image's own description.
  diff_ids_mismatch: { lost: true, message: 'The image configuration does not list as many layers as the manifest' },
  history_mismatch: { lost: false, message: 'The history does not fit the layers: instructions are unknown' },
  config_field_invalid: { lost: false, message: 'A field of the image configuration is invalid and was ignored' },
  platform_unknown: { lost: false, message: 'The image does not say its platform' },
  // The merged view.
  link_loop: { lost: true, message: 'Links lead in a circle' },
  database_link_broken: { lost: true, message: 'A package database is a link to a file that was not read' },
  hardlink_unresolved: { lost: true, message: 'A hard link leads to a file that was not read' },
  package_database_removed: {
    lost: true,
    message: 'The package database was removed in a later layer, so the packages in use cannot be told',
  },
  // Catalogers.
  record_incomplete: { lost: true, message: 'A package record lacks its name or version' },
  record_malformed: { lost: true, message: 'A package record cannot be read' },
  file_malformed: { lost: true, message: 'A file that should describe packages cannot be read' },
  package_half_installed: { lost: false, message: 'A package is not completely installed' },
  distribution_unsupported: {
    lost: true,
    message: 'The packages of this distribution cannot be read yet',
  },
  distribution_unknown: { lost: false, message: 'The image does not say which distribution it is' },
  sbom_component_skipped: { lost: false, message: 'A component has no package URL that can be used' },
} as const satisfies Record<string, { lost: boolean; message: string }>;

export type ProblemCode = keyof typeof problemTable;

/** A fact about scanned content; `layer` is the index from the base, 0 first. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly layer: number | null;
  readonly path: string | null;
}

/** @param more is put after the table's text: the thing, in a few words. */
export function problem(
  code: ProblemCode,
  { layer = null, path = null, more }: { layer?: number | null; path?: string | null; more?: string } = {},
): Problem {
  const { message } = problemTable[code];
  return { code, message: more === undefined ? `${message}.` : `${message}: ${more}`, layer, path };
}
