import type { Distro, MatchContext, Problem } from '@soupcon/model';

/** A wanted file of one layer, whole, in memory. */
export interface LayerFile {
  /** As the layer says, clean; a parent may turn out to be a link only when all layers are known. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The bytes as UTF-8 without a byte order mark; invalid sequences become U+FFFD. */
  text(): string;
}

/**
 * Reads one kind of package evidence, in two phases, because a layer cannot see the others. `read` sees one file of one
 * layer and must be a pure function of it: its facts are kept with the layer's index and must survive structured
 * cloning and JSON. `resolve` sees the facts of all files that are visible in the merged image.
 */
export interface Cataloger<Facts = unknown> {
  /** Also `foundBy` of its packages. */
  readonly id: string;
  /** Part of the key of a layer's index: raise it when the same bytes may yield other facts. */
  readonly version: number;
  /** Where the format is described. */
  readonly source: string;
  /**
   * Ends of paths, one or two components, `*` for any run of characters within one: `status`, `info/*.list`. Short,
   * because the parents of a wanted file may be links in another layer; `resolve` decides which paths count.
   */
  readonly wants: readonly string[];
  /** @returns null when the file is not of this kind after all. Never throws. */
  read(file: LayerFile): Facts | null;
  resolve(view: CatalogView<Facts>): Iterable<Found>;
}

/** A visible file that the cataloger has facts of. `path` is canonical: no part of it is a link. */
export interface ViewFile<Facts> {
  readonly path: string;
  readonly layer: number;
  readonly facts: Facts;
}

/** The merged image as one cataloger sees it after some layer. */
export interface CatalogView<Facts> {
  /** All its visible files, sorted by path. */
  files(): Iterable<ViewFile<Facts>>;
  /** Follows links inside the image. `broken` is a link that leads to nothing that was read. */
  lookup(path: string): ViewFile<Facts> | 'broken' | null;
  /** The canonical form of a path, parents and last component resolved; null when it leads nowhere. */
  canonical(path: string): string;
  /** The distribution of the root file system at `root` ('' is the image's own). */
  distro(root: string): Distro | null;
}

export type Found = FoundPackage | Problem;

/** A package at one piece of evidence. Problems carry no `kind`; packages have `kind: 'package'`. */
export interface FoundPackage {
  readonly kind: 'package';
  readonly type: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  readonly source: { readonly name: string; readonly version: string } | null;
  readonly purl: string;
  readonly licenses: readonly string[];
  readonly context: MatchContext;
  /** The evidence, canonical. */
  readonly path: string;
  /**
   * What stays the same while the version changes, for telling an upgrade from an addition: name and architecture in a
   * package database, the evidence's path for a language package.
   */
  readonly key: string;
  /** Files that an operating-system package owns, relative to its root, as its database spells them; else null. */
  readonly owns: { readonly root: string; files(): Iterable<string> } | null;
}
