import { type Problem, type ProblemCode, problem } from '@soupcon/model';

/** A record that was read with doubt, as facts keep it; `what` is for people. */
export interface RecordFault {
  readonly code: Extract<
    ProblemCode,
    'record_incomplete' | 'record_malformed' | 'file_malformed' | 'package_half_installed'
  >;
  readonly what: string;
}

const faultsMax = 20;
const whatMax = 120;

/** Gathers the faults of one file, the first ones word for word and the others by number. */
export class FaultList {
  readonly #faults: RecordFault[] = [];
  #more = 0;

  add(code: RecordFault['code'], what: string): void {
    if (this.#faults.length === faultsMax) this.#more += 1;
    else this.#faults.push({ code, what: what.slice(0, whatMax) });
  }

  finish(): RecordFault[] {
    return this.#more === 0
      ? this.#faults
      : [...this.#faults, { code: 'record_malformed', what: `${this.#more} more` }];
  }
}

/** The faults of a file as problems at its place. */
export function faultProblems(
  faults: readonly RecordFault[],
  { path, layer }: { path: string; layer: number },
): Problem[] {
  return faults.map(({ code, what }) => problem(code, { path, layer, more: what }));
}
