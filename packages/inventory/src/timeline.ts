import type { RemovedPackage } from '@soupcon/model';
import { byKeys } from '@soupcon/model';
import type { FoundPackage } from './cataloger.ts';

/** A package of the image so far, and the layer since which its version has been there without a break. */
export interface Run {
  readonly found: FoundPackage;
  readonly introducedIn: number;
}

/**
 * Which layer brought which package. A package database is written anew by every layer that changes it, so the layer
 * of its file says nothing: what counts is since when the merged image has had this version under this key, walking
 * back from the top to the first layer without it.
 */
export class Timeline {
  readonly #current = new Map<string, ReadonlyMap<string, Run>>();
  readonly #ended: RemovedPackage[] = [];

  /** What a cataloger sees after `layer`. Layers that change nothing for it need not be told. */
  advance(cataloger: string, layer: number, packages: Iterable<FoundPackage>): void {
    const before = this.#current.get(cataloger) ?? new Map<string, Run>();
    const after = new Map<string, Run>();
    for (const found of packages) {
      const id = `${found.key}\0${found.version}`;
      if (!after.has(id)) after.set(id, { found, introducedIn: before.get(id)?.introducedIn ?? layer });
    }
    for (const [id, { found, introducedIn }] of before) {
      if (!after.has(id)) this.#ended.push({ purl: found.purl, introducedIn, removedIn: layer });
    }
    this.#current.set(cataloger, after);
  }

  /** What the image has after the last layer. */
  runs(cataloger: string): Iterable<Run> {
    return this.#current.get(cataloger)?.values() ?? [];
  }

  /** Versions that were there and are not in the end, by purl; what overlaps at several places is said once. */
  removed(present: ReadonlySet<string>): RemovedPackage[] {
    const gone = this.#ended.filter(({ purl }) => !present.has(purl));
    const merged: RemovedPackage[] = [];
    for (const one of gone.sort(
      byKeys(
        (run) => run.purl,
        (run) => run.introducedIn,
        (run) => run.removedIn,
      ),
    )) {
      const last = merged.at(-1);
      if (last?.purl !== one.purl || one.introducedIn > last.removedIn) merged.push(one);
      else merged[merged.length - 1] = { ...last, removedIn: Math.max(last.removedIn, one.removedIn) };
    }
    return merged;
  }
}
