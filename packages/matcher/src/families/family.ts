import type { Advisory, AffectedPackage, PackageIdentity } from '@soupcon/model';
import type { Verdict } from '../judge.ts';

/** What to look up for a package: `ecosystem` without release, `name` as normalised for it, `version` to compare. */
export interface Query {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
}

/** One `affected` entry held against a package. */
export interface Row {
  readonly query: Query;
  readonly advisory: Advisory;
  readonly affected: AffectedPackage;
  readonly verdict: Verdict;
}

/** How the packages of one distribution or language are matched. Pure; one object per file, listed in `families/index.ts`. */
export interface Family {
  readonly id: string;
  /** Where the rules are from. */
  readonly source: string;
  handles(pkg: PackageIdentity): boolean;
  /** Why a package it handles cannot be matched, in words that end a sentence; null when it can. */
  unmatched(pkg: PackageIdentity): string | null;
  /** Asked only for packages that can be matched. */
  queries(pkg: PackageIdentity): readonly Query[];
  /** Whether entries for an ecosystem, in its full text, are for this package's release. Asked as `queries`. */
  applies(pkg: PackageIdentity, ecosystem: string): boolean;
  /** What such entries are for, as people say it: `Debian 12`; the ecosystem where it has no releases. Asked as `queries`. */
  release(pkg: PackageIdentity): string;
  /** Of one advisory's entries those that make the verdict; without it every entry that is not unaffected. */
  settle?(pkg: PackageIdentity, rows: readonly Row[]): readonly Row[];
  /** True for packages that carry declarations of the kernel and none of its code. */
  isKernelHeaders?(pkg: PackageIdentity): boolean;
}
