import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Change, type LayerChanges, Overlay } from './overlay.ts';

/** Lines: `f path` a wanted file, `- path` one nobody wants, `d`, `l path -> target`, `h path -> target`, `w`, `o`. */
function layer(...lines: string[]): LayerChanges<string> {
  const whiteouts: string[] = [];
  const opaques: string[] = [];
  const entries: Change<string>[] = [];
  for (const line of lines) {
    const [, mark, path = '', linkTarget = null] = /^(\S) ([^ ]*)(?: -> (.*))?$/.exec(line) ?? [];
    if (mark === 'w') whiteouts.push(path);
    else if (mark === 'o') opaques.push(path);
    else {
      const kind = ({ f: 'file', '-': 'file', d: 'directory', l: 'symlink', h: 'hardlink' } as const)[mark as 'f'];
      entries.push({ path, kind, linkTarget, content: mark === 'f' ? path : null });
    }
  }
  return { whiteouts, opaques, entries };
}

function merge(...layers: string[][]): { overlay: Overlay<string>; visible: Map<string, string> } {
  const visible = new Map<string, string>();
  const overlay = new Overlay<string>({
    added: (path, content) => {
      expect(visible.has(path)).toBe(false);
      visible.set(path, content);
    },
    removed: (path, content) => {
      expect(visible.get(path)).toBe(content);
      visible.delete(path);
    },
  });
  for (const lines of layers) overlay.apply(layer(...lines));
  return { overlay, visible };
}

const seen = (...layers: string[][]) => [...merge(...layers).visible.keys()].sort();

describe('whiteouts', () => {
  test('hide lower layers only, wherever they stand', () => {
    expect(seen(['f a/x', 'f a/y'], ['w a/x', 'f a/x', 'w a/y'])).toEqual(['a/x']);
  });
  test('take a whole subtree', () => expect(seen(['f var/lib/a', 'f var/b', 'f c'], ['w var'])).toEqual(['c']));
  test('an opaque directory hides what is below it, not what comes with it', () => {
    expect(seen(['f d/old', 'f e'], ['f d/new', 'o d'])).toEqual(['d/new', 'e']);
    expect(seen(['f a', 'f b/c'], ['o ', 'f n'])).toEqual(['n']);
  });
  test('parents are resolved through links of lower layers', () => {
    expect(seen(['l lib -> usr/lib', 'f usr/lib/x', 'f usr/lib/y'], ['w lib/x'])).toEqual(['usr/lib/y']);
    expect(seen(['l lib -> usr/lib', 'f usr/lib/x'], ['o lib'])).toEqual([]);
  });
  test('of a link take the link, not what it leads to', () => {
    const { overlay, visible } = merge(['f a', 'l b -> a'], ['w b']);
    expect([...visible.keys()]).toEqual(['a']);
    expect(overlay.lookup('b')).toMatchObject({ kind: 'missing' });
  });
});

describe('replacing', () => {
  test('a file nobody wants replaces a wanted one', () => expect(seen(['f a'], ['- a'])).toEqual([]));
  test('a directory over a directory keeps what is in it', () => expect(seen(['f a/b'], ['d a'])).toEqual(['a/b']));
  test('a file over a directory drops the subtree', () => expect(seen(['f a/b', 'f a/c/d'], ['- a'])).toEqual([]));
  test('a link over a directory drops the subtree', () =>
    expect(seen(['f a/b', 'f c/b'], ['l a -> c'])).toEqual(['c/b']));
  test('a directory over a file or link replaces it', () => {
    expect(seen(['f a'], ['d a'])).toEqual([]);
    const { overlay } = merge(['f b/x', 'l a -> b'], ['d a']);
    expect(overlay.lookup('a/x')).toMatchObject({ kind: 'missing', throughLink: false });
  });
  test('an entry below a file takes the place of the file, wanted or not', () => {
    expect(seen(['f a'], ['f a/b'])).toEqual(['a/b']);
    expect(seen(['f a'], ['- a/b'])).toEqual([]);
  });
  test('the last of two entries with one path counts', () => expect(seen(['f a', '- a'])).toEqual([]));
});

describe('links', () => {
  test('an entry below a link lands where the link leads', () => {
    expect(seen(['l lib -> usr/lib', 'f lib/x'])).toEqual(['usr/lib/x']);
    expect(seen(['l lib -> /usr/lib'], ['f lib/x'])).toEqual(['usr/lib/x']);
    expect(seen(['l a/b -> ../c'], ['f a/b/x'])).toEqual(['c/x']);
  });
  test('nothing leads outside the root', () => {
    const { overlay } = merge(['f etc/passwd', 'l a -> ../../../../etc/passwd', 'l b -> /../../etc/passwd']);
    expect(overlay.lookup('a')).toMatchObject({ kind: 'file', path: 'etc/passwd' });
    expect(overlay.lookup('b')).toMatchObject({ kind: 'file', path: 'etc/passwd' });
  });
  test('links in a circle are said to be so', () => {
    const { overlay } = merge(['l a -> b', 'l b -> a', 'l c/d -> d', 'l s -> s']);
    for (const path of ['a', 'b', 'c/d', 's', 's/x']) expect(overlay.lookup(path)).toMatchObject({ kind: 'loop' });
    expect(overlay.canonical('s/x')).toBeNull();
  });
  test('an entry below a circle goes nowhere', () => expect(seen(['l s -> s', 'f s/x', 'f y'])).toEqual(['y']));
  test('a link to nothing is missing, and is told from nothing', () => {
    const { overlay } = merge(['l var/db -> ../data/db', 'l x -> /proc/self/environ']);
    expect(overlay.lookup('var/db/status')).toEqual({ kind: 'missing', path: 'data/db/status', throughLink: true });
    expect(overlay.lookup('x')).toEqual({ kind: 'missing', path: 'proc/self/environ', throughLink: true });
    expect(overlay.lookup('y')).toEqual({ kind: 'missing', path: 'y', throughLink: false });
  });
  test('canonical leaves the last component alone', () => {
    const { overlay } = merge(['l lib -> usr/lib', 'l usr/lib/a.so -> a.so.1', 'f usr/lib/a.so.1']);
    expect(overlay.canonical('lib/a.so')).toBe('usr/lib/a.so');
    expect(overlay.lookup('lib/a.so')).toMatchObject({ kind: 'file', path: 'usr/lib/a.so.1' });
  });
  test('a hard link shows the file of a lower layer, and keeps it when that path goes', () => {
    const { visible } = merge(['f a'], ['h b -> a', 'w c'], ['w a']);
    expect([...visible]).toEqual([['b', 'a']]);
  });
  test('a hard link to what nobody wants replaces what was there', () =>
    expect(seen(['f b'], ['h b -> nowhere'])).toEqual([]));
});

test('agrees with a naive model on trees without links', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const line = fc.tuple(fc.constantFrom('f', '-', 'd', 'w', 'o'), path).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.array(fc.array(line, { maxLength: 6 }), { maxLength: 4 }), (layers) => {
      expect(seen(...layers)).toEqual(naive(layers));
    }),
    { numRuns: 3000 },
  );
});

test('a maze of long links is a circle, and one of dots is none', () => {
  const chain = (detour: string) => Array.from({ length: 30 }, (_, k) => `l m${k} -> ${detour.repeat(400)}m${k + 1}`);
  const end = ['d x', 'd m30', 'f m30/f'];
  expect(merge([...chain('./'), ...end]).overlay.lookup('m0/f')).toMatchObject({ kind: 'file', path: 'm30/f' });
  const lost: string[] = [];
  const overlay = new Overlay<string>({ added: () => {}, removed: () => {}, lost: (path) => lost.push(path) });
  overlay.apply(layer(...end, 'f x/f', ...chain('x/../'), 'f m0/g'));
  expect(overlay.lookup('m0/f').kind).toBe('loop');
  expect(lost).toEqual(['m0/g']);
});

/** A map of all paths, wanted or not, changed step by step. */
function naive(layers: readonly string[][]): string[] {
  const tree = new Map<string, 'f' | '-' | 'd'>();
  const below = (top: string) => [...tree.keys()].filter((path) => path.startsWith(`${top}/`));
  const drop = (path: string) => {
    for (const each of [path, ...below(path)]) tree.delete(each);
  };
  for (const lines of layers) {
    for (const line of lines) if (line.startsWith('o ')) for (const path of below(line.slice(2))) tree.delete(path);
    for (const line of lines) if (line.startsWith('w ')) drop(line.slice(2));
    for (const line of lines) {
      const [mark = '', path = ''] = line.split(' ');
      if (mark === 'w' || mark === 'o') continue;
      const parts = path.split('/');
      for (let depth = 1; depth < parts.length; depth += 1) tree.set(parts.slice(0, depth).join('/'), 'd');
      if (mark !== 'd' || tree.get(path) !== 'd') drop(path);
      tree.set(path, mark as 'f');
    }
  }
  return [...tree]
    .filter(([, mark]) => mark === 'f')
    .map(([path]) => path)
    .sort();
}
