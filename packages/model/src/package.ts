import type { Problem } from './problems.ts';

/** The distribution a root file system says it is; ids are those of os-release. */
export interface Distro {
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId: string | null;
  readonly versionCodename: string | null;
  readonly prettyName: string | null;
  readonly name: string | null;
  readonly cpeName: string | null;
  readonly variantId: string | null;
  readonly buildId: string | null;
  /** `YYYY-MM-DD`, from SUPPORT_END. */
  readonly supportEnd: string | null;
}

/** What matching depends on beside the package itself. Two packages that can be judged differently differ here. */
export interface MatchContext {
  readonly distro: {
    readonly id: string;
    readonly versionId: string | null;
    readonly versionCodename: string | null;
  } | null;
  /** rpm MODULARITYLABEL, `name:stream:version:context`. */
  readonly modularity?: string;
}

/** A distinct package version as advisories see it. */
export interface PackageIdentity {
  /** The purl type: deb, apk, npm ... */
  readonly type: string;
  readonly namespace: string | null;
  /** Without the namespace: `angular` of `@scope/angular` has the namespace `@scope`. */
  readonly name: string;
  /** As the ecosystem prints it. */
  readonly version: string;
  readonly architecture: string | null;
  readonly source: { readonly name: string; readonly version: string } | null;
  readonly context: MatchContext;
}

/** `path` has no leading slash; `layer` is the index of the layer that holds the visible evidence. */
export interface Location {
  readonly path: string;
  readonly layer: number;
}

export interface Package extends PackageIdentity {
  readonly purl: string;
  /** SPDX expressions where the source has them, else the source's own words. */
  readonly licenses: readonly string[];
  readonly locations: readonly Location[];
  /** Index of the layer since which this version has been there without a break. */
  readonly introducedIn: number;
  /** Id of the cataloger. */
  readonly foundBy: string;
  /** purls of the language packages that this operating-system package owns. */
  readonly aliases: readonly string[];
}

/** A package version that was in a lower layer and is not in the final image. */
export interface RemovedPackage {
  readonly purl: string;
  readonly introducedIn: number;
  readonly removedIn: number;
}

/** How much of an image could be understood. */
export interface Completeness {
  readonly verdict: 'complete' | 'partial' | 'unknown';
  readonly executables: { readonly files: number; readonly bytes: number; readonly explainedBytes: number };
  /** Sentences, worst first. */
  readonly reasons: readonly string[];
}

/** What is in an image. */
export interface Inventory {
  readonly distro: Distro | null;
  readonly completeness: Completeness;
  readonly layers: readonly InventoryLayer[];
  /** Sorted by purl. */
  readonly packages: readonly Package[];
  readonly removed: readonly RemovedPackage[];
  readonly problems: readonly Problem[];
}

export interface InventoryLayer {
  readonly index: number;
  readonly digest: string | null;
  readonly diffId: string | null;
  /** Stored bytes. */
  readonly size: number | null;
  /** The instruction that made it; null when the history does not fit. */
  readonly instruction: string | null;
  /** Packages introduced here that are still in the image. */
  readonly packages: number;
  /** True for the layers of the base image, as far as the history tells. */
  readonly base: boolean;
}
