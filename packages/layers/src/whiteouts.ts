import type { BodySink, Entry } from './entry.ts';
import type { TarVisitor } from './tar/walker.ts';

/** Is told of what a layer brings and of what it hides. */
export interface LayerVisitor extends TarVisitor {
  /** Lower layers lose this path and all below it. */
  whiteout(path: string): void;
  /** Lower layers lose all that is in this directory ('' is the root). */
  opaque(directory: string): void;
}

const prefix = '.wh.';

/**
 * Tells whiteout markers from entries. The marker is no file of the image; AUFS' own `.wh..wh.*` are neither.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
 */
export function splitWhiteout(entry: Entry, visitor: LayerVisitor): BodySink | null {
  // Few paths have it anywhere, and of most entries no more need be known.
  if (!entry.path.includes(prefix)) return visitor.entry(entry);
  const start = entry.path.lastIndexOf('/') + 1;
  if (!entry.path.startsWith(prefix, start)) return visitor.entry(entry);
  const directory = start === 0 ? '' : entry.path.slice(0, start - 1);
  const name = entry.path.slice(start + prefix.length);
  if (name === '.wh..opq') visitor.opaque(directory);
  else if (name === '') visitor.problem('path_invalid', entry.path, 'a whiteout of nothing');
  else if (!name.startsWith(prefix)) visitor.whiteout(directory === '' ? name : `${directory}/${name}`);
  return null;
}
