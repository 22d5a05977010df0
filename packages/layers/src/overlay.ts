/** What one layer does to the tree below it, in the order of the archive. */
export interface LayerChanges<T> {
  /** Paths that lower layers lose: `a/b` for `a/.wh.b`. */
  readonly whiteouts: Iterable<string>;
  /** Directories whose lower content is hidden. */
  readonly opaques: Iterable<string>;
  readonly entries: Iterable<Change<T>>;
}

/** `content` is null for what nobody wants; it still replaces what was at its path. */
export interface Change<T> {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  readonly linkTarget: string | null;
  readonly content: T | null;
}

/** Told of every wanted file that becomes visible or stops being so; paths are canonical. */
export interface OverlayListener<T> {
  added(path: string, content: T): void;
  removed(path: string, content: T): void;
  /** Told of a wanted file that has no place, because links lead in a circle above it. */
  lost?(path: string, content: T): void;
}

/** Where a path leads. `missing` gives the last path that was looked for; `loop` when links lead in a circle. */
export type Lookup<T> =
  | { readonly kind: 'file'; readonly path: string; readonly content: T }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'missing'; readonly path: string; readonly throughLink: boolean }
  | { readonly kind: 'loop'; readonly path: string };

type Node<T> =
  | Directory<T>
  | { readonly kind: 'file'; readonly content: T }
  | { readonly kind: 'link'; readonly target: string };
interface Directory<T> {
  readonly kind: 'directory';
  readonly children: Map<string, Node<T>>;
}

/** As many links as Linux follows in one path. */
const hopsMax = 40;
/** Characters of all link targets in one path together; more is a maze, and taken for a circle. */
const targetsMax = 2048;

/**
 * The merged view of layers, holding only wanted files, links and the directories that lead to them. Parents of an
 * entry are resolved through links that are already there, its last component never; nothing leads outside the root.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md#applying-changesets
 */
export class Overlay<T> {
  readonly #root: Directory<T> = { kind: 'directory', children: new Map() };
  readonly #listener: OverlayListener<T> | null;
  /** Where the last entry's parent leads: archives list a directory's entries one after the other. */
  #parent: { readonly asked: string; readonly directory: Directory<T>; readonly path: string } | null = null;
  /** The last entry's parent that is not there; void as soon as anything is added. */
  #absent: string | null = null;

  constructor(listener: OverlayListener<T> | null = null) {
    this.#listener = listener;
  }

  /** Whiteouts and opaque directories hide what lower layers brought, wherever they stand in the archive. */
  apply({ whiteouts, opaques, entries }: LayerChanges<T>): void {
    for (const path of opaques) {
      const found = this.#walk(path, true);
      if (found.node?.kind === 'directory') this.#clear(found.node, found.path);
    }
    for (const path of whiteouts) {
      const found = this.#walk(path, false);
      if (found.node !== null && found.parent !== null) this.#remove(found.parent, found.name, found.path);
    }
    for (const change of entries) this.#change(change);
  }

  /** Follows every link, the last component's too. */
  lookup(path: string): Lookup<T> {
    const found = this.#walk(path, true);
    if (found.loop) return { kind: 'loop', path: found.path };
    if (found.node?.kind === 'file') return { kind: 'file', path: found.path, content: found.node.content };
    if (found.node?.kind === 'directory') return { kind: 'directory', path: found.path };
    return { kind: 'missing', path: found.path, throughLink: found.hops > 0 };
  }

  /** The path with links resolved in all but its last component; null when they lead in a circle. */
  canonical(path: string): string | null {
    const found = this.#walk(path, false);
    return found.loop ? null : found.path;
  }

  /** Names in a directory that lead to wanted files or are links, sorted; empty when it is not one. */
  list(path: string): string[] {
    const found = this.#walk(path, true);
    return found.node?.kind === 'directory' ? [...found.node.children.keys()].sort() : [];
  }

  #change({ path, kind, linkTarget, content }: Change<T>): void {
    let node: Node<T> | null = content === null ? null : { kind: 'file', content };
    if (kind === 'symlink') node = { kind: 'link', target: plainTarget(linkTarget ?? '') };
    if (kind === 'hardlink') {
      const target = this.#walk(linkTarget ?? '', false).node;
      node = target?.kind === 'directory' ? null : target;
    }
    const found = this.#locate(path, node === null ? 'clear' : 'make');
    if (found.loop && node?.kind === 'file') this.#listener?.lost?.(path, node.content);
    if (found.loop || found.parent === null) return;
    if (kind === 'directory' && (found.node === null || found.node.kind === 'directory')) return;
    if (found.node !== null) this.#remove(found.parent, found.name, found.path);
    if (node === null) return;
    found.parent.children.set(found.name, node);
    this.#absent = null;
    if (node.kind === 'file') this.#listener?.added(found.path, node.content);
  }

  #locate(path: string, parents: 'clear' | 'make'): Walk<T> {
    const slash = path.lastIndexOf('/');
    const asked = slash === -1 ? '' : path.slice(0, slash);
    if (this.#parent?.asked === asked) {
      const { directory: parent, path: above } = this.#parent;
      const name = path.slice(slash + 1);
      const node = parent.children.get(name) ?? null;
      return { node, parent, name, path: above === '' ? name : `${above}/${name}`, hops: 0, loop: false };
    }
    if (parents === 'clear' && this.#absent === asked) {
      return { node: null, parent: null, name: '', path, hops: 0, loop: false };
    }
    const found = this.#walk(path, false, parents);
    if (found.parent !== null) {
      const above = found.path.slice(0, Math.max(0, found.path.lastIndexOf('/')));
      this.#parent = { asked, directory: found.parent, path: above };
    } else if (!found.loop) this.#absent = asked;
    return found;
  }

  #remove(parent: Directory<T>, name: string, path: string): void {
    const node = parent.children.get(name);
    parent.children.delete(name);
    if (node?.kind !== 'file') this.#parent = null;
    if (node?.kind === 'file') this.#listener?.removed(path, node.content);
    else if (node?.kind === 'directory') this.#clear(node, path);
  }

  #clear(directory: Directory<T>, path: string): void {
    for (const name of [...directory.children.keys()])
      this.#remove(directory, name, path === '' ? name : `${path}/${name}`);
  }

  /**
   * Walks component by component; the walk ends at the first thing that is not there. With `clear` a file in a parent's
   * place gives way, as it does to a directory in a runtime; with `make` missing parents are made, too.
   */
  #walk(path: string, followLast: boolean, parents: 'keep' | 'clear' | 'make' = 'keep'): Walk<T> {
    let todo = path.split('/').reverse();
    let trail: { directory: Directory<T>; name: string }[] = [];
    let directory = this.#root;
    let hops = 0;
    let targets = 0;
    const at = () => trail.map(({ name }) => name).join('/');
    for (;;) {
      const name = todo.pop();
      if (name === undefined) {
        const last = trail.at(-1);
        return {
          node: directory,
          parent: last?.directory ?? null,
          name: last?.name ?? '',
          path: at(),
          hops,
          loop: false,
        };
      }
      if (name === '' || name === '.') continue;
      if (name === '..') {
        directory = trail.pop()?.directory ?? this.#root;
        continue;
      }
      const isLast = todo.every((rest) => rest === '' || rest === '.');
      let node = directory.children.get(name) ?? null;
      const here = () => (trail.length === 0 ? name : `${at()}/${name}`);
      if (node?.kind === 'link' && (!isLast || followLast)) {
        hops += 1;
        targets += node.target.length;
        if (hops > hopsMax || targets > targetsMax)
          return { node: null, parent: null, name, path: here(), hops, loop: true };
        if (node.target.startsWith('/')) {
          trail = [];
          directory = this.#root;
        }
        todo = [...todo, ...node.target.split('/').reverse()];
        continue;
      }
      if (isLast && node?.kind !== 'directory')
        return { node, parent: directory, name, path: here(), hops, loop: false };
      if (!isLast && node?.kind !== 'directory') {
        if (node !== null && parents !== 'keep') this.#remove(directory, name, here());
        if (parents !== 'make') {
          const rest = todo.filter((part) => part !== '' && part !== '.').reverse();
          return { node: null, parent: null, name, path: [here(), ...rest].join('/'), hops, loop: false };
        }
        node = { kind: 'directory', children: new Map() };
        directory.children.set(name, node);
        this.#absent = null;
      }
      if (isLast && !followLast) return { node, parent: directory, name, path: here(), hops, loop: false };
      trail.push({ directory, name });
      directory = node as Directory<T>; // Every other kind has returned or been replaced above.
    }
  }
}

interface Walk<T> {
  readonly node: Node<T> | null;
  readonly parent: Directory<T> | null;
  readonly name: string;
  readonly path: string;
  readonly hops: number;
  readonly loop: boolean;
}

/** Without the parts of a link target that lead nowhere, of which there may be thousands. */
function plainTarget(target: string): string {
  if (!/\/\/|(?:^|\/)\.(?:\/|$)/.test(target)) return target;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  return `${target.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}
