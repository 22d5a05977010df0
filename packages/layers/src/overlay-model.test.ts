import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Change, type LayerChanges, Overlay } from './overlay.ts';
import { ChangePacker, readChanges } from './packed-changes.ts';

type Node = { kind: 'file'; content: number } | { kind: 'link'; target: string } | { kind: 'directory' };
type Goal = 'itself' | 'target' | 'clear' | 'make';
type Place = { path: string; end: 'here' | 'missing' | 'loop'; hops: number };

const partsOf = (path: string) => path.split('/').filter((part) => part !== '' && part !== '.');
const join = (parent: string, name: string) => (parent === '' ? name : `${parent}/${name}`);

/** What {@link Overlay} should do, with a flat map of paths, nothing remembered and every path walked anew. */
class Model {
  readonly nodes = new Map<string, Node>([['', { kind: 'directory' }]]);

  apply({ whiteouts, opaques, entries }: LayerChanges<number>): void {
    for (const path of opaques) {
      const place = this.walk(path, 'target');
      if (place.end === 'here' && this.nodes.get(place.path)?.kind === 'directory') this.clear(place.path);
    }
    for (const path of whiteouts) {
      const place = this.walk(path, 'itself');
      if (place.end === 'here') this.remove(place.path);
    }
    for (const change of entries) this.change(change);
  }

  change({ path, kind, linkTarget, content }: Change<number>): void {
    let node: Node | undefined = content === null ? undefined : { kind: 'file', content };
    if (kind === 'symlink') node = { kind: 'link', target: linkTarget ?? '' };
    if (kind === 'hardlink') {
      const target = this.walk(linkTarget ?? '', 'itself');
      node = target.end === 'here' ? this.nodes.get(target.path) : undefined;
      if (node?.kind === 'directory') node = undefined;
    }
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    const parent = this.walk(parts.join('/'), node === undefined ? 'clear' : 'make');
    if (parent.end !== 'here') return;
    const place = join(parent.path, name);
    const before = this.nodes.get(place);
    if (kind === 'directory' && (before === undefined || before.kind === 'directory')) return;
    this.remove(place);
    if (node !== undefined) this.nodes.set(place, node);
  }

  walk(path: string, goal: Goal): Place {
    return this.step('', partsOf(path), goal, 0);
  }

  step(at: string, [name, ...rest]: string[], goal: Goal, hops: number): Place {
    if (name === undefined) return { path: at, end: 'here', hops };
    if (name === '..') return this.step(at.split('/').slice(0, -1).join('/'), rest, goal, hops);
    const place = join(at, name);
    const node = this.nodes.get(place);
    const isEntered = goal === 'clear' || goal === 'make';
    const isLast = rest.length === 0 && !isEntered;
    if (node?.kind === 'link' && !(isLast && goal === 'itself')) {
      if (hops === 40) return { path: place, end: 'loop', hops: hops + 1 };
      return this.step(node.target.startsWith('/') ? '' : at, [...partsOf(node.target), ...rest], goal, hops + 1);
    }
    if (isLast) return { path: place, end: node === undefined ? 'missing' : 'here', hops };
    if (node?.kind !== 'directory') {
      if (isEntered) this.remove(place);
      if (goal !== 'make') return { path: [place, ...rest].join('/'), end: 'missing', hops };
      this.nodes.set(place, { kind: 'directory' });
    }
    return this.step(place, rest, goal, hops);
  }

  remove(path: string): void {
    if (path === '') return;
    this.nodes.delete(path);
    this.clear(path);
  }

  clear(path: string): void {
    for (const each of [...this.nodes.keys()]) {
      if (each !== '' && (path === '' || each.startsWith(`${path}/`))) this.nodes.delete(each);
    }
  }

  lookup(path: string): unknown {
    const place = this.walk(path, 'target');
    if (place.end === 'loop') return { kind: 'loop', path: place.path };
    if (place.end === 'missing') return { kind: 'missing', path: place.path, throughLink: place.hops > 0 };
    const node = this.nodes.get(place.path);
    return node?.kind === 'file' ? { ...node, path: place.path } : { kind: 'directory', path: place.path };
  }
}

const names = ['a', 'b', 'c'];
const clean = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const target = fc
  .tuple(fc.boolean(), fc.array(fc.constantFrom(...names, ...names, '..', '.', ''), { maxLength: 4 }))
  .map(([isAbsolute, parts]) => `${isAbsolute ? '/' : ''}${parts.join('/')}`);
const nothing = fc.constant(null);
const change: fc.Arbitrary<Change<number>> = fc.oneof(
  fc.record({
    path: clean,
    kind: fc.constant('file' as const),
    linkTarget: nothing,
    content: fc.option(fc.nat()),
  }),
  fc.record({
    path: clean,
    kind: fc.constantFrom('directory' as const, 'other' as const),
    linkTarget: nothing,
    content: nothing,
  }),
  fc.record({ path: clean, kind: fc.constant('symlink' as const), linkTarget: target, content: nothing }),
  fc.record({ path: clean, kind: fc.constant('hardlink' as const), linkTarget: clean, content: nothing }),
);
/** Archives list a directory's entries one after the other, which is what an overlay remembers things for. */
const run = fc
  .tuple(fc.option(clean), fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([parent, changes]) =>
    changes.map((one) => (parent === null ? one : { ...one, path: `${parent}/${one.path.split('/').at(-1)}` })),
  );
const layer: fc.Arbitrary<LayerChanges<number>> = fc.record({
  whiteouts: fc.array(clean, { maxLength: 2 }),
  opaques: fc.array(fc.oneof(clean, fc.constant('')), { maxLength: 1 }),
  entries: fc.array(run, { maxLength: 5 }).map((runs) => runs.flat()),
});

/** The same changes as a layer's index has them, without those of which the overlay says that they change nothing. */
function* unpacked(entries: Iterable<Change<number>>, overlay: Overlay<number>): Generator<Change<number>> {
  const packer = new ChangePacker();
  for (const { path, kind, linkTarget, content } of entries) packer.add({ path, kind, linkTarget, file: content });
  for (const { path, kind, linkTarget, file } of readChanges(packer.finish(), () => overlay.absent)) {
    if (kind !== 'whiteout' && kind !== 'opaque') yield { path, kind, linkTarget, content: file };
  }
}

test('agrees with a model that remembers nothing, on trees with links', () => {
  const asked = fc.array(fc.oneof(clean, target), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), asked, fc.boolean(), (layers, paths, isPacked) => {
      const visible = new Map<string, number>();
      const overlay = new Overlay<number>({
        added: (path, content) => visible.set(path, content),
        removed: (path) => expect(visible.delete(path)).toBe(true),
      });
      const model = new Model();
      for (const one of layers) {
        overlay.apply(isPacked ? { ...one, entries: unpacked(one.entries, overlay) } : one);
        model.apply(one);
        const files = [...model.nodes].flatMap(([path, node]) => (node.kind === 'file' ? [[path, node.content]] : []));
        expect([...visible].sort()).toEqual(files.sort());
        for (const path of paths) {
          expect(overlay.lookup(path)).toEqual(model.lookup(path));
          const itself = model.walk(path, 'itself');
          expect(overlay.canonical(path)).toBe(itself.end === 'loop' ? null : itself.path);
        }
      }
    }),
    { numRuns: 6000 },
  );
});
