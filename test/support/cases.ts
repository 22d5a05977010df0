import type { Label } from '@soupcon/label';
import type { ErrorCode, ProblemCode } from '@soupcon/model';
import { blobLayer, type Image, type Layer, layer } from './layout.ts';

/** An image that is odd, hostile or broken, and how a scan of it must end. */
export interface ImageCase {
  readonly name: string;
  /** @param base an Alpine; see {@link alpineBase}. */
  readonly image: (base: Layer) => Image;
  readonly expected: Expectation;
}

export type Expectation =
  | { readonly end: 'refused'; readonly code: ErrorCode; readonly says: string }
  | {
      readonly end: 'label';
      readonly verdict: Label['completeness']['verdict'];
      /** Codes that must be among the problems; other codes must not. */
      readonly problems: readonly ProblemCode[];
      /** False when what is below is meant to be lost. */
      readonly hasBase: boolean;
      /** `name version` of packages that must be there beside those of the base. */
      readonly packages: readonly string[];
    };

/** The scan ends with status 3 and this error. @param says is in the message, too. */
export function refused(code: ErrorCode, says = ''): Expectation {
  return { end: 'refused', code, says };
}

type LabelFacts = Partial<Omit<Extract<Expectation, { end: 'label' }>, 'end' | 'verdict'>>;

export function complete(facts: LabelFacts = {}): Expectation {
  return { end: 'label', verdict: 'complete', problems: [], hasBase: true, packages: [], ...facts };
}

export function partial(problem: ProblemCode, facts: LabelFacts = {}): Expectation {
  return { end: 'label', verdict: 'partial', problems: [problem], hasBase: true, packages: [], ...facts };
}

export function unknown(facts: LabelFacts): Expectation {
  return { end: 'label', verdict: 'unknown', problems: [], hasBase: false, packages: [], ...facts };
}

/** An image whose upper layers have these parts. */
export function above(...layers: readonly (readonly Uint8Array[])[]): (base: Layer) => Image {
  return (base) => ({ layers: [base, ...layers.map((parts) => layer(parts))] });
}

/** As {@link above}, with the stored bytes as they are. */
export function aboveBlob(stored: Uint8Array, diffId?: string): (base: Layer) => Image {
  return (base) => ({ layers: [base, blobLayer(stored, diffId)] });
}
