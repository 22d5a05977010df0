import { type Problem, problem } from '@soupcon/model';
import type { FoundPackage } from './cataloger.ts';
import type { MergedImage } from './merged-image.ts';

interface Seen {
  readonly root: string;
  readonly path: string;
  readonly packages: number;
}

/** Notices package databases that had packages and have none in the end, while what they installed stays. */
export class DatabaseWatch {
  readonly #present = new Map<string, Seen>();
  readonly #vanished = new Map<string, Seen & { readonly layer: number }>();

  advance(cataloger: string, layer: number, packages: readonly FoundPackage[]): void {
    const now = new Map<string, Seen>();
    for (const { owns, path } of packages) {
      if (owns === null) continue;
      const id = `${cataloger}\0${owns.root}`;
      now.set(id, { root: owns.root, path: now.get(id)?.path ?? path, packages: (now.get(id)?.packages ?? 0) + 1 });
    }
    for (const [id, seen] of this.#present) {
      if (!id.startsWith(`${cataloger}\0`) || now.has(id)) continue;
      this.#present.delete(id);
      this.#vanished.set(id, { ...seen, layer });
    }
    for (const [id, seen] of now) {
      this.#present.set(id, seen);
      this.#vanished.delete(id);
    }
  }

  /** A root that went with its database leaves nothing to tell; one of which older files can still be seen does. */
  problems({ visible }: MergedImage): Problem[] {
    const roots = new Map([...this.#vanished.values()].map(({ root }) => [root, Number.POSITIVE_INFINITY]));
    if (roots.size === 0) return [];
    // The lowest layer of which something is left, for each root: one pass, however many roots there are.
    for (const [path, { layer }] of visible) {
      for (const root of rootsOf(path)) {
        const lowest = roots.get(root);
        if (lowest !== undefined && layer < lowest) roots.set(root, layer);
      }
    }
    const lost = [...this.#vanished.values()].filter(
      ({ root, layer }) => (roots.get(root) ?? Number.POSITIVE_INFINITY) < layer,
    );
    return lost.map(({ path, packages, layer }) =>
      problem('package_database_removed', { layer, path, more: `${packages} packages before` }),
    );
  }
}

/** Every directory above a path, from the image's root down. */
function* rootsOf(path: string): Generator<string> {
  yield '';
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.slice(0, at);
}
