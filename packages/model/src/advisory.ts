/**
 * An advisory as Soupcon reads it: OSV's shape with its optional parts normalised.
 * @see https://ossf.github.io/osv-schema/
 */
export interface Advisory {
  readonly id: string;
  /** RFC 3339, as the source says. */
  readonly modified: string;
  readonly published: string | null;
  /** Set when the source took it back; it then yields no finding. */
  readonly withdrawn: string | null;
  /** Other names of the same flaw; symmetric. */
  readonly aliases: readonly string[];
  /** Flaws that this record is about, one-way: a distribution's record names its CVEs here. */
  readonly upstream: readonly string[];
  readonly related: readonly string[];
  readonly summary: string | null;
  readonly severity: readonly SeverityScore[];
  /** The source's word, such as GHSA's `MODERATE`; null when it gives none. */
  readonly severityWord: string | null;
  readonly affected: readonly AffectedPackage[];
}

/** `type` is CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu ...; `score` a vector or a word. */
export interface SeverityScore {
  readonly type: string;
  readonly score: string;
}

/** One `affected[]` entry of one package. */
export interface AffectedPackage {
  /** Full text: `Debian:12`, `Ubuntu:22.04:LTS`, `npm`. */
  readonly ecosystem: string;
  readonly name: string;
  readonly ranges: readonly AffectedRange[];
  /** Literal versions; only those that a range does not already say when there is a range. */
  readonly versions: readonly string[];
  readonly severity: readonly SeverityScore[];
  /** `ecosystem_specific.urgency` of Debian, `ubuntu_priority` of Ubuntu; null elsewhere. */
  readonly urgency: string | null;
  /** What the vendor says it does about it, such as Ubuntu's `needed`, `deferred`, `ignored`; absent where it says nothing. */
  readonly status?: string;
}

/** Intervals of versions that are affected, in order, not overlapping; the scheme is the ecosystem's, or semver. */
export interface AffectedRange {
  readonly type: 'SEMVER' | 'ECOSYSTEM';
  readonly intervals: readonly AffectedInterval[];
}

/** `introduced` null is below every version. At most one of `fixed` (excluded) and `lastAffected` (included). */
export interface AffectedInterval {
  readonly introduced: string | null;
  readonly fixed: string | null;
  readonly lastAffected: string | null;
}

/** The advisories that can concern a scan, by package. Reading it never fails and never waits. */
export interface AdvisoryIndex {
  /** All entries for an ecosystem without its release (`Debian`, `npm`) and a name as normalised for that ecosystem. */
  lookup(ecosystem: string, name: string): readonly AdvisoryHit[];
  /**
   * Every full ecosystem text (`Debian:12`, `npm`) that the data read has for an ecosystem without its release, whatever
   * packages it is about; empty when the data has none of it. What is not in here, nothing was held against.
   */
  ecosystems(base: string): ReadonlySet<string>;
  readonly snapshot: AdvisorySnapshot;
}

export interface AdvisoryHit {
  readonly advisory: Advisory;
  readonly affected: AffectedPackage;
}

/** `snapshot` is the newest `modified` of the data set, RFC 3339 UTC to the second; `records` how many it has. */
export interface AdvisorySnapshot {
  readonly snapshot: string;
  readonly records: number;
}

/** Packages that no advisory could be held against; `reason` in words that end a sentence. */
export interface Unmatched {
  readonly reason: string;
  readonly packages: number;
}

/** The part before the first colon: `Debian` of `Debian:12`. */
export function ecosystemBase(ecosystem: string): string {
  const colon = ecosystem.indexOf(':');
  return colon === -1 ? ecosystem : ecosystem.slice(0, colon);
}
