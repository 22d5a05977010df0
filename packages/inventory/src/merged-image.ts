import { type Change, type LayerChanges, Overlay } from '@soupcon/layers';
import type { Distro } from '@soupcon/model';
import type { Cataloger, CatalogView, ViewFile } from './cataloger.ts';
import { release } from './distro/cataloger.ts';
import type { ReleaseFacts } from './distro/facts.ts';
import { resolveDistro } from './distro/resolve.ts';
import type { KeptFile, LayerIndex } from './layer-index.ts';
import { unpackChanges } from './packed-paths.ts';
import { compileWants } from './wants.ts';

/** A file that is kept of an image, with the layer it came in. */
export interface Held {
  readonly file: KeptFile;
  readonly layer: number;
}

/** What the layers so far add up to: every kept file that is visible, by its canonical path. */
export class MergedImage {
  readonly visible = new Map<string, Held>();
  readonly #views = new Map<string, FactsView>();
  readonly #overlay: Overlay<Held>;
  readonly #wanted: (path: string) => readonly Cataloger[];
  readonly #hardlinks = new Map<string, number>();
  #distros = new Map<string, Distro | null>();

  constructor(catalogers: readonly Cataloger[]) {
    this.#wanted = compileWants(catalogers);
    this.#overlay = new Overlay<Held>({
      added: (path, held) => {
        this.visible.set(path, held);
        for (const id of Object.keys(held.file.facts)) this.#views.get(id)?.add(path, held);
      },
      removed: (path, held) => {
        this.visible.delete(path);
        for (const id of Object.keys(held.file.facts)) this.#views.get(id)?.remove(path);
      },
    });
    const distro = (root: string) => this.distro(root);
    for (const { id } of [release, ...catalogers]) this.#views.set(id, new FactsView(id, this.#overlay, distro));
  }

  /** Puts a layer on top. @returns the ids of the catalogers for which something may look different now. */
  apply(index: LayerIndex, layer: number): ReadonlySet<string> {
    for (const view of this.#views.values()) view.isChanged = false;
    const watched = new WatchedChanges(unpackChanges(index), layer, (path, target) => {
      if (this.#wanted(path).length > 0 && this.#wanted(target).length === 0) this.#hardlinks.set(path, layer);
    });
    this.#overlay.apply(watched);
    this.#distros = new Map();
    // A link can bring files into view without touching them, and a release file renames every package.
    const isAllChanged = watched.hasLinks || this.#views.get(release.id)?.isChanged === true;
    const changed = [...this.#views].filter(([, view]) => isAllChanged || view.isChanged);
    return new Set(changed.map(([id]) => id));
  }

  /** The image as a cataloger sees it now. */
  view(cataloger: Cataloger): CatalogView<unknown> {
    const view = this.#views.get(cataloger.id);
    if (view === undefined) throw new TypeError(`No such cataloger: ${cataloger.id}`);
    return view;
  }

  distro(root: string): Distro | null {
    let distro = this.#distros.get(root);
    if (distro === undefined) {
      const view = this.#views.get(release.id) as CatalogView<ReleaseFacts> | undefined; // Its own facts, by its id.
      distro = view === undefined ? null : resolveDistro(view, root);
      this.#distros.set(root, distro);
    }
    return distro;
  }

  /** Where a directory really is; the path itself where nothing is known of it. */
  directory(path: string): string {
    return this.#overlay.lookup(path).path;
  }

  /** Hard links with a wanted name that lead to a file nobody asked for, which was therefore not read. */
  unresolvedHardlinks(): { path: string; layer: number }[] {
    const paths = [...this.#hardlinks].map(([path, layer]) => ({ path, layer }));
    return paths.filter(({ path }) => this.#overlay.lookup(path).kind !== 'file');
  }
}

/** The changes of a layer, with its number in each kept file, noting links as they go by. */
class WatchedChanges implements LayerChanges<Held> {
  readonly whiteouts: Iterable<string>;
  readonly opaques: Iterable<string>;
  readonly entries: Iterable<Change<Held>>;
  hasLinks: boolean;

  constructor(changes: LayerChanges<KeptFile>, layer: number, onHardlink: (path: string, target: string) => void) {
    this.whiteouts = changes.whiteouts;
    this.opaques = changes.opaques;
    this.hasLinks = [...changes.whiteouts].length > 0 || [...changes.opaques].length > 0;
    this.entries = this.#entries(changes, layer, onHardlink);
  }

  *#entries(changes: LayerChanges<KeptFile>, layer: number, onHardlink: (path: string, target: string) => void) {
    for (const { path, kind, linkTarget, content } of changes.entries) {
      if (kind === 'symlink') this.hasLinks = true;
      if (kind === 'hardlink') onHardlink(path, linkTarget ?? '');
      yield { path, kind, linkTarget, content: content === null ? null : { file: content, layer } };
    }
  }
}

/** The files with facts of one cataloger. */
class FactsView implements CatalogView<unknown> {
  isChanged = false;
  readonly #id: string;
  readonly #overlay: Overlay<Held>;
  readonly #distro: (root: string) => Distro | null;
  readonly #files = new Map<string, Held>();
  #sorted: ViewFile<unknown>[] | null = null;

  constructor(id: string, overlay: Overlay<Held>, distro: (root: string) => Distro | null) {
    this.#id = id;
    this.#overlay = overlay;
    this.#distro = distro;
  }

  add(path: string, held: Held): void {
    this.#files.set(path, held);
    this.#touch();
  }

  remove(path: string): void {
    this.#files.delete(path);
    this.#touch();
  }

  #touch(): void {
    this.isChanged = true;
    this.#sorted = null;
  }

  files(): Iterable<ViewFile<unknown>> {
    this.#sorted ??= [...this.#files.keys()]
      .sort()
      .map((path) => this.#file(path))
      .filter((file) => file !== null);
    return this.#sorted;
  }

  lookup(path: string): ViewFile<unknown> | 'broken' | null {
    const found = this.#overlay.lookup(path);
    if (found.kind === 'file') return this.#file(found.path) ?? (this.#isLink(path) ? 'broken' : null);
    if (found.kind === 'directory') return null;
    return found.kind === 'loop' || this.#isLink(path) ? 'broken' : null;
  }

  canonical(path: string): string {
    return this.#overlay.lookup(path).path;
  }

  distro(root: string): Distro | null {
    return this.#distro(root);
  }

  #file(path: string): ViewFile<unknown> | null {
    const held = this.#files.get(path);
    return held === undefined ? null : { path, layer: held.layer, facts: held.file.facts[this.#id] };
  }

  /** Whether the last component is a link; one of its parents being one does not count. */
  #isLink(path: string): boolean {
    const place = this.#overlay.canonical(path);
    if (place === null) return true;
    const found = this.#overlay.lookup(place);
    return found.kind === 'missing' ? found.throughLink : found.kind === 'loop' || found.path !== place;
  }
}
