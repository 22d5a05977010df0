import type { AffectedInterval } from './advisory.ts';

/** Worst first. */
export const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export type FixState =
  | 'fixed'
  | 'not-fixed'
  | 'wont-fix'
  | 'deferred'
  | 'end-of-life'
  | 'under-investigation'
  | 'unknown';

/** One source's judgement of how bad a flaw is. `score` 0 to 10 where a vector gives one. */
export interface Rating {
  readonly source: string;
  readonly method: string;
  readonly severity: Severity;
  readonly score: number | null;
  readonly vector: string | null;
}

/** Enough to derive the verdict again: one entry per advisory that says so. */
export interface Evidence {
  readonly advisory: string;
  readonly modified: string;
  readonly ecosystem: string;
  /** The name and version that were compared: a distribution's are those of the source package. */
  readonly name: string;
  readonly version: string;
  readonly scheme: string;
  /** The interval that holds the version, or null when it stands literally in the advisory's list of versions. */
  readonly range: AffectedInterval | null;
  /** Why the verdict is undetermined; null when it is affected. */
  readonly undetermined: string | null;
}

/** One flaw in one package of one image. */
export interface Finding {
  /** The CVE where there is one, then GHSA, then the source's own id. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** Every record that says so, sorted. */
  readonly advisories: readonly string[];
  /** purl of the package. */
  readonly package: string;
  readonly state: 'affected' | 'undetermined';
  /** The lowest version that fixes it for this package, in the scheme of the package (a source package's for deb and apk). */
  readonly fixedIn: string | null;
  readonly fixState: FixState;
  readonly severity: Severity;
  readonly ratings: readonly Rating[];
  readonly kev: boolean;
  readonly epss: number | null;
  /** Index of the layer that introduced the package. */
  readonly layer: number;
  readonly suppressed: null | {
    readonly by: 'vex' | 'exception';
    readonly id: string;
    readonly justification: string | null;
    readonly until: string | null;
  };
  readonly evidence: readonly Evidence[];
  /** One line, from the advisory; null when it has none. */
  readonly summary: string | null;
}

/** What of a finding depends on the package and the advisories alone: it is the same for every image. */
export type PackageFinding = Omit<Finding, 'package' | 'layer' | 'suppressed'>;
