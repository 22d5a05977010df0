import type { Cataloger } from './cataloger.ts';

interface Want {
  readonly cataloger: Cataloger;
  readonly path: RegExp;
}

/**
 * Tells which catalogers want a path. There are many paths and nearly all are wanted by nobody, so one expression for
 * all that is wanted comes first.
 */
export class Wants {
  readonly #any: RegExp;
  readonly #wants: readonly Want[];

  constructor(catalogers: readonly Cataloger[]) {
    const wants = catalogers.flatMap((cataloger) =>
      cataloger.wants.map((want) => ({ cataloger, source: sourceOf(want) })),
    );
    this.#any = endOfPath(wants.map(({ source }) => source).join('|'));
    this.#wants = wants.map(({ cataloger, source }) => ({ cataloger, path: endOfPath(source) }));
  }

  of(path: string): readonly Cataloger[] {
    if (!this.#any.test(path)) return nobody;
    return [...new Set(this.#wants.filter((want) => want.path.test(path)).map(({ cataloger }) => cataloger))];
  }
}

const nobody: readonly Cataloger[] = [];

/** Of a name or a name and its parent, in which `*` stands for anything within one component. */
function sourceOf(want: string): string {
  if (/\*[^/]*\*/.test(want)) throw new TypeError(`A wanted name has more than one star: ${want}`);
  return want.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
}

/** Without the flag `m`, so that a line break in a name is a character as any other. */
function endOfPath(source: string): RegExp {
  return new RegExp(`(?:^|/)(?:${source})$`);
}
