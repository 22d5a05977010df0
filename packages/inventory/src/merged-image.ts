import { type Change, type LayerChanges, Overlay, readChanges } from '@soupcon/layers';
import type { Distro } from '@soupcon/model';
import type { Cataloger, CatalogView, ViewFile } from './cataloger.ts';
import { release } from './distro/cataloger.ts';
import type { ReleaseFacts } from './distro/facts.ts';
import { resolveDistro } from './distro/resolve.ts';
import type { KeptFile, LayerIndex } from './layer-index.ts';
import { Wants } from './wants.ts';

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
  readonly #wants: Wants;
  readonly #hardlinks = new Map<string, number>();
  #distros = new Map<string, Distro | null>();
  readonly #lost = new Map<number, { path: string; count: number }>();

  constructor(catalogers: readonly Cataloger[]) {
    this.#wants = new Wants(catalogers);
    this.#overlay = new Overlay<Held>({
      added: (path, held) => {
        this.visible.set(path, held);
        for (const id of Object.keys(held.file.facts)) this.#views.get(id)?.add(path, held);
      },
      removed: (path, held) => {
        this.visible.delete(path);
        for (const id of Object.keys(held.file.facts)) this.#views.get(id)?.remove(path);
      },
      lost: (path, { layer }) => {
        const { path: first = path, count = 0 } = this.#lost.get(layer) ?? {};
        this.#lost.set(layer, { path: first, count: count + 1 });
      },
    });
    const distro = (root: string) => this.distro(root);
    for (const { id } of [release, ...catalogers]) this.#views.set(id, new FactsView(id, this.#overlay, distro));
  }

  /** Puts a layer on top. @returns the ids of the catalogers for which something may look different now. */
  apply(index: LayerIndex, layer: number): ReadonlySet<string> {
    for (const view of this.#views.values()) view.isChanged = false;
    const watched = new WatchedChanges(index, layer, {
      absent: () => this.#overlay.absent,
      hardlink: (path, target) => {
        if (this.#wants.of(path).length > 0 && this.#wants.of(target).length === 0) this.#hardlinks.set(path, layer);
      },
    });
    this.#overlay.apply(watched);
    // A link can bring files into view without touching them, and a release file renames every package.
    const isReleaseChanged = this.#views.get(release.id)?.isOutdated() === true;
    if (isReleaseChanged) {
      this.#distros = new Map();
      this.#views.get(release.id)?.forget();
    }
    const changed = [...this.#views].filter(([, view]) => isReleaseChanged || view.isOutdated());
    return new Set(changed.map(([id]) => id));
  }

  /** The image as a cataloger sees it now. */
  view(cataloger: Cataloger): CatalogView<unknown> {
    const view = this.#views.get(cataloger.id);
    if (view === undefined) throw new TypeError(`No such cataloger: ${cataloger.id}`);
    view.forget();
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

  /** Layers with files that have no place, because links lead in a circle above them. */
  lostInLoops(): { layer: number; path: string; count: number }[] {
    return [...this.#lost].map(([layer, lost]) => ({ layer, ...lost }));
  }

  /** Hard links with a wanted name that lead to a file nobody asked for, which was therefore not read. */
  unresolvedHardlinks(): { path: string; layer: number }[] {
    const paths = [...this.#hardlinks].map(([path, layer]) => ({ path, layer }));
    return paths.filter(({ path }) => this.#overlay.lookup(path).kind !== 'file');
  }
}

interface Watch {
  /** As `readChanges` asks for it. */
  absent(): string | null;
  hardlink(path: string, target: string): void;
}

/** What a layer does, with its number in each kept file. Decoded while it is walked: a layer may have two million. */
class WatchedChanges implements LayerChanges<Held> {
  readonly whiteouts: string[] = [];
  readonly opaques: string[] = [];
  readonly entries: Iterable<Change<Held>>;

  constructor(index: LayerIndex, layer: number, watch: Watch) {
    for (const { path, kind } of readChanges(index.hidden)) {
      (kind === 'whiteout' ? this.whiteouts : this.opaques).push(path);
    }
    this.entries = this.#entries(index, layer, watch);
  }

  *#entries({ paths, files }: LayerIndex, layer: number, { absent, hardlink }: Watch) {
    for (const { path, kind, linkTarget, file: number } of readChanges(paths, absent)) {
      if (kind === 'whiteout' || kind === 'opaque') continue;
      if (kind === 'hardlink') hardlink(path, linkTarget ?? '');
      const file = number === null ? undefined : files[number];
      yield { path, kind, linkTarget, content: file === undefined ? null : { file, layer } };
    }
  }
}

/**
 * The files with facts of one cataloger. Remembers where it was asked to look, so that a layer that changes neither the
 * files nor the answers, as most do, costs the few questions and not all the packages.
 */
class FactsView implements CatalogView<unknown> {
  isChanged = false;
  readonly #answers = new Map<string, string>();
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

  /** Whether files, or where the paths asked for lead, are no longer what they were. */
  isOutdated(): boolean {
    return this.isChanged || [...this.#answers].some(([path, answer]) => this.#answer(path) !== answer);
  }

  /** What is asked from now on is asked of the image as it is. */
  forget(): void {
    this.#answers.clear();
  }

  lookup(path: string): ViewFile<unknown> | 'broken' | null {
    this.#remember(path);
    const found = this.#overlay.lookup(path);
    if (found.kind === 'file') return this.#file(found.path) ?? (this.#isLink(path) ? 'broken' : null);
    if (found.kind === 'directory') return null;
    return found.kind === 'loop' || this.#isLink(path) ? 'broken' : null;
  }

  canonical(path: string): string {
    this.#remember(path);
    return this.#overlay.lookup(path).path;
  }

  distro(root: string): Distro | null {
    return this.#distro(root);
  }

  #remember(path: string): void {
    if (!this.#answers.has(path)) this.#answers.set(path, this.#answer(path));
  }

  #answer(path: string): string {
    const found = this.#overlay.lookup(path);
    return `${found.kind} ${this.#isLink(path)} ${found.path}`;
  }

  #file(path: string): ViewFile<unknown> | null {
    const held = this.#files.get(path);
    return held === undefined ? null : { path, layer: held.layer, facts: held.file.facts[this.#id] };
  }

  /** Whether the last component is a link; one of its parents being one does not count. */
  #isLink(path: string): boolean {
    const end = this.#overlay.lookup(path);
    // Where the way there has no link, as nearly always, the last component is none.
    if (end.kind === 'missing' ? !end.throughLink : end.kind !== 'loop' && end.path === path) return false;
    const place = this.#overlay.canonical(path);
    if (place === null) return true;
    const found = this.#overlay.lookup(place);
    return found.kind === 'missing' ? found.throughLink : found.kind === 'loop' || found.path !== place;
  }
}
