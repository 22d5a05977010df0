/** What one layer does to the tree below it, in the order of the archive. */
export interface LayerChanges<T> {
  /** Paths that lower layers lose: `a/b` for `a/.wh.b`. */
  readonly whiteouts: Iterable<string>;
  /** Directories whose lower content is hidden. */
  readonly opaques: Iterable<string>;
  readonly entries: Iterable<Change<T>>;
}

/** `content` is null for what nobody wants; it still replaces what was at its path, which is clean. */
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
/** `path` is canonical; the root's is ''. */
interface Directory<T> {
  readonly kind: 'directory';
  readonly parent: Directory<T> | null;
  readonly name: string;
  readonly path: string;
  readonly children: Map<string, Node<T>>;
}

/**
 * What a walk is for: the last component `itself`, even when it is a link; or what it leads to, the `target`; or a
 * directory to put something in, for which a file in its or a parent's place gives way (`clear`), as it does to a
 * directory in a runtime, and what is missing is made, too (`make`).
 */
type Goal = 'itself' | 'target' | 'clear' | 'make';

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
  readonly #root: Directory<T> = { kind: 'directory', parent: null, name: '', path: '', children: new Map() };
  readonly #listener: OverlayListener<T> | null;
  /** Where the last entry's parent leads: archives list a directory's entries one after the other. */
  #parent: { readonly asked: string; readonly directory: Directory<T> } | null = null;
  /** A directory that is not there, and so nothing below it is; void as soon as anything is added. */
  #absent: string | null = null;

  constructor(listener: OverlayListener<T> | null = null) {
    this.#listener = listener;
  }

  /** Whiteouts and opaque directories hide what lower layers brought, wherever they stand in the archive. */
  apply({ whiteouts, opaques, entries }: LayerChanges<T>): void {
    for (const path of opaques) {
      const found = this.#walk(path, 'target');
      if (found.node?.kind === 'directory') this.#clear(found.node);
    }
    for (const path of whiteouts) {
      const found = this.#walk(path, 'itself');
      if (found.node !== null && found.parent !== null) this.#remove(found.parent, found.name, found.path);
    }
    for (const change of entries) this.#change(change);
  }

  /** A directory of an entry that is not there: below it, entries without content that are no links change nothing. */
  get absent(): string | null {
    return this.#absent;
  }

  /** Follows every link, the last component's too. */
  lookup(path: string): Lookup<T> {
    const found = this.#walk(path, 'target');
    if (found.loop) return { kind: 'loop', path: found.path };
    if (found.node?.kind === 'file') return { kind: 'file', path: found.path, content: found.node.content };
    if (found.node?.kind === 'directory') return { kind: 'directory', path: found.path };
    return { kind: 'missing', path: found.path, throughLink: found.hops > 0 };
  }

  /** The path with links resolved in all but its last component; null when they lead in a circle. */
  canonical(path: string): string | null {
    const found = this.#walk(path, 'itself');
    return found.loop ? null : found.path;
  }

  /** Names in a directory that lead to wanted files or are links, sorted; empty when it is not one. */
  list(path: string): string[] {
    const found = this.#walk(path, 'target');
    return found.node?.kind === 'directory' ? [...found.node.children.keys()].sort() : [];
  }

  #change({ path, kind, linkTarget, content }: Change<T>): void {
    let node: Node<T> | null = content === null ? null : { kind: 'file', content };
    if (kind === 'symlink') node = { kind: 'link', target: plainTarget(linkTarget ?? '') };
    if (kind === 'hardlink') {
      const target = this.#walk(linkTarget ?? '', 'itself').node;
      node = target?.kind === 'directory' ? null : target;
    }
    const slash = path.lastIndexOf('/');
    const parent = this.#enter(slash === -1 ? '' : path.slice(0, slash), node === null ? 'clear' : 'make');
    // With `make` there is none only where links lead in a circle.
    if (parent === null && node?.kind === 'file') this.#listener?.lost?.(path, node.content);
    if (parent === null) return;
    const name = path.slice(slash + 1);
    const before = parent.children.get(name);
    if (kind === 'directory' && (before === undefined || before.kind === 'directory')) return;
    if (before !== undefined) this.#remove(parent, name, pathIn(parent, name));
    if (node === null) return;
    parent.children.set(name, node);
    this.#absent = null;
    if (node.kind === 'file') this.#listener?.added(pathIn(parent, name), node.content);
  }

  /** The directory that an entry's parents lead to; null when there is none. */
  #enter(asked: string, goal: 'clear' | 'make'): Directory<T> | null {
    if (this.#parent?.asked === asked) return this.#parent.directory;
    if (goal === 'clear' && this.#absent !== null && isAtOrBelow(asked, this.#absent)) return null;
    const { node, hops, loop, path } = this.#walk(asked, goal);
    if (node?.kind === 'directory') {
      this.#parent = { asked, directory: node };
      return node;
    }
    // Through links the way to what is missing is not how the archive spells it.
    if (!loop) this.#absent = hops === 0 ? path : asked;
    return null;
  }

  #remove(parent: Directory<T>, name: string, path: string): void {
    const node = parent.children.get(name);
    parent.children.delete(name);
    if (node?.kind !== 'file') this.#parent = null;
    if (node?.kind === 'file') this.#listener?.removed(path, node.content);
    else if (node?.kind === 'directory') this.#clear(node);
  }

  #clear(directory: Directory<T>): void {
    for (const name of [...directory.children.keys()]) this.#remove(directory, name, pathIn(directory, name));
  }

  /** Walks component by component; the walk ends at the first thing that is not there. */
  #walk(path: string, goal: Goal): Walk<T> {
    const entersLast = goal === 'clear' || goal === 'make';
    let directory = this.#root;
    let hops = 0;
    let targets = 0;
    let rest = path;
    for (let at = skipEmpty(rest, 0); at < rest.length; ) {
      const end = endOfName(rest, at);
      const name = rest.slice(at, end);
      at = skipEmpty(rest, end);
      if (name === '..') {
        directory = directory.parent ?? directory;
        continue;
      }
      const isLast = !entersLast && at === rest.length;
      let node = directory.children.get(name) ?? null;
      if (node?.kind === 'link' && !(isLast && goal === 'itself')) {
        hops += 1;
        targets += node.target.length;
        if (hops > hopsMax || targets > targetsMax) return { ...nowhere(pathIn(directory, name), hops), loop: true };
        if (node.target.startsWith('/')) directory = this.#root;
        rest = at === rest.length ? node.target : `${node.target}/${rest.slice(at)}`;
        at = skipEmpty(rest, 0);
        continue;
      }
      if (isLast && (node?.kind !== 'directory' || goal === 'itself')) {
        return { node, parent: directory, name, path: pathIn(directory, name), hops, loop: false };
      }
      if (node?.kind !== 'directory') {
        const place = pathIn(directory, name);
        if (node !== null && entersLast) this.#remove(directory, name, place);
        if (goal !== 'make') return nowhere(entersLast ? place : withRest(place, rest.slice(at)), hops);
        node = this.#make(directory, name, place);
      }
      directory = node;
    }
    return { node: directory, parent: directory.parent, name: directory.name, path: directory.path, hops, loop: false };
  }

  #make(parent: Directory<T>, name: string, path: string): Directory<T> {
    const directory: Directory<T> = { kind: 'directory', parent, name, path, children: new Map() };
    parent.children.set(name, directory);
    this.#absent = null;
    return directory;
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

/** The end of a walk at something that is not there. */
function nowhere(path: string, hops: number): Walk<never> {
  return { node: null, parent: null, name: '', path, hops, loop: false };
}

function pathIn(directory: Directory<unknown>, name: string): string {
  return directory.path === '' ? name : `${directory.path}/${name}`;
}

function isAtOrBelow(path: string, top: string): boolean {
  return path.startsWith(top) && (path.length === top.length || path.charAt(top.length) === '/');
}

/** Where the next component begins, stepping over slashes and `.`; the text's length when there is none. */
function skipEmpty(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (text.charAt(at) === '/') at += 1;
    const isDot = text.charAt(at) === '.' && (at + 1 === text.length || text.charAt(at + 1) === '/');
    if (!isDot) return at;
    at += 1;
  }
}

function endOfName(text: string, from: number): number {
  const slash = text.indexOf('/', from);
  return slash === -1 ? text.length : slash;
}

function withRest(path: string, rest: string): string {
  return [path, ...partsOf(rest)].join('/');
}

/** Without the parts of a link target that lead nowhere, of which there may be thousands. */
function plainTarget(target: string): string {
  if (!/\/\/|(?:^|\/)\.(?:\/|$)/.test(target)) return target;
  return `${target.startsWith('/') ? '/' : ''}${partsOf(target).join('/')}`;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
