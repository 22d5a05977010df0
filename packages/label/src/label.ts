import type {
  AdvisorySnapshot,
  Completeness,
  Evidence,
  Finding,
  Inventory,
  InventoryLayer,
  Location,
  Package,
  Problem,
  Rating,
  RemovedPackage,
  ResolvedImage,
  Unmatched,
} from '@soupcon/model';
import { byKeys, compareText, formatPlatform, severities } from '@soupcon/model';
import { endOfLife } from './end-of-life.ts';

/**
 * What is in one image and what is known to be wrong with it: the document `soupcon.label/v1`. Fields are in the order
 * in which they are printed; what is not known is null, never absent. Fields are added, never renamed or removed.
 */
export interface Label {
  readonly schema: 'soupcon.label/v1';
  readonly image: LabelImage;
  readonly distro: LabelDistro | null;
  readonly completeness: Completeness;
  readonly layers: readonly InventoryLayer[];
  /** Sorted by purl. */
  readonly packages: readonly LabelPackage[];
  readonly removed: readonly RemovedPackage[];
  /** Sorted by package, then id. */
  readonly findings: readonly Finding[];
  readonly secrets: readonly never[];
  readonly checks: readonly never[];
  readonly problems: readonly Problem[];
  /** Null when the packages were not matched: then `findings` is empty and says nothing. */
  readonly advisories: LabelAdvisories | null;
}

/** What the packages were held against, and which were not: of those, no finding says nothing. */
export interface LabelAdvisories extends AdvisorySnapshot {
  /** Sorted by reason. */
  readonly unmatched: readonly Unmatched[];
}

export interface LabelImage {
  readonly reference: string;
  readonly digest: string | null;
  readonly mediaType: string | null;
  /** `os/architecture[/variant]`. */
  readonly platform: string | null;
  /** As the image configuration says. */
  readonly created: string | null;
  /** Stored bytes. */
  readonly size: number | null;
}

export interface LabelDistro {
  readonly id: string;
  readonly versionId: string | null;
  readonly prettyName: string | null;
  /** `YYYY-MM-DD`, the last day on which everybody gets security updates. */
  readonly endOfLife: string | null;
}

export interface LabelPackage {
  readonly purl: string;
  readonly type: string;
  /** The full name: `@scope/name` of npm, the module path of golang, `vendor/name` of composer. */
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  readonly source: { readonly name: string; readonly version: string } | null;
  readonly licenses: readonly string[];
  readonly locations: readonly Location[];
  readonly introducedIn: number;
  readonly foundBy: string;
  readonly aliases: readonly string[];
}

/**
 * Puts the label together. Pure: no clock, no host; the same input in any order of its lists gives the same label,
 * and nothing that the input carries beside the label's own fields gets in.
 * @param advisories null when the packages were not matched.
 */
export function buildLabel({
  image,
  inventory,
  findings,
  advisories,
}: {
  image: ResolvedImage;
  inventory: Inventory;
  findings: readonly Finding[];
  advisories: LabelAdvisories | null;
}): Label {
  const { completeness, distro } = inventory;
  return {
    schema: 'soupcon.label/v1',
    image: labelImage(image),
    distro: distro && {
      id: distro.id,
      versionId: distro.versionId,
      prettyName: distro.prettyName,
      endOfLife: endOfLife(distro),
    },
    completeness: {
      verdict: completeness.verdict,
      executables: {
        files: completeness.executables.files,
        bytes: completeness.executables.bytes,
        explainedBytes: completeness.executables.explainedBytes,
      },
      reasons: [...completeness.reasons],
    },
    layers: inventory.layers.map(labelLayer).sort(byKeys((layer) => layer.index)),
    packages: inventory.packages.map(labelPackage).sort(
      byKeys<LabelPackage>(
        (one) => one.purl,
        (one) => one.introducedIn,
        identityText,
      ),
    ),
    removed: inventory.removed
      .map(({ purl, introducedIn, removedIn }) => ({ purl, introducedIn, removedIn }))
      .sort(
        byKeys(
          (one) => one.purl,
          (one) => one.introducedIn,
          (one) => one.removedIn,
        ),
      ),
    findings: findings.map(labelFinding).sort(
      byKeys<Finding>(
        (one) => one.package,
        (one) => one.id,
        (one) => one.layer,
        identityText,
      ),
    ),
    secrets: [],
    checks: [],
    problems: distinctProblems([...image.problems, ...inventory.problems]),
    advisories: advisories && labelAdvisories(advisories),
  };
}

/** Packages that advisories were held against; 0 when there were none to hold against them. */
export function matchedPackages({ packages, advisories }: Label): number {
  if (advisories === null) return 0;
  return packages.length - advisories.unmatched.reduce((sum, one) => sum + one.packages, 0);
}

/** `78 packages: there are no advisories for them`, in the words of the image: not yet printable. */
export function unmatchedText({ packages, reason }: Unmatched): string {
  return `${packages} ${packages === 1 ? 'package' : 'packages'}: ${reason}`;
}

/** The last key of every order: the item itself, so that equal keys never leave the order to the input. */
function identityText(item: unknown): string {
  return JSON.stringify(item);
}

function labelImage({ reference, digest, mediaType, platform, created, size }: ResolvedImage): LabelImage {
  return { reference, digest, mediaType, platform: platform && formatPlatform(platform), created, size };
}

function labelLayer({ index, digest, diffId, size, instruction, packages, base }: InventoryLayer): InventoryLayer {
  return { index, digest, diffId, size, instruction, packages, base };
}

/** Types whose people say the namespace with the name. Maven's group and a distribution's vendor are said apart. */
const namespaceInName = new Set(['npm', 'golang', 'composer']);

function labelPackage(one: Package): LabelPackage {
  return {
    purl: one.purl,
    type: one.type,
    name: one.namespace && namespaceInName.has(one.type) ? `${one.namespace}/${one.name}` : one.name,
    version: one.version,
    architecture: one.architecture,
    source: one.source && { name: one.source.name, version: one.source.version },
    licenses: [...one.licenses],
    locations: one.locations
      .map(({ path, layer }) => ({ path, layer }))
      .sort(
        byKeys(
          (place) => place.path,
          (place) => place.layer,
        ),
      ),
    introducedIn: one.introducedIn,
    foundBy: one.foundBy,
    aliases: [...one.aliases].sort(compareText),
  };
}

function labelFinding(one: Finding): Finding {
  const { suppressed } = one;
  return {
    id: one.id,
    aliases: [...one.aliases].sort(compareText),
    advisories: [...one.advisories].sort(compareText),
    package: one.package,
    state: one.state,
    fixedIn: one.fixedIn,
    fixState: one.fixState,
    severity: one.severity,
    ratings: one.ratings
      .map(labelRating)
      .sort(byKeys<Rating>((rating) => severities.indexOf(rating.severity), identityText)),
    kev: one.kev,
    epss: one.epss,
    layer: one.layer,
    suppressed: suppressed && {
      by: suppressed.by,
      id: suppressed.id,
      justification: suppressed.justification,
      until: suppressed.until,
    },
    evidence: one.evidence.map(labelEvidence).sort(byKeys<Evidence>((entry) => entry.advisory, identityText)),
    summary: one.summary,
  };
}

function labelRating({ source, method, severity, score, vector }: Rating): Rating {
  return { source, method, severity, score, vector };
}

function labelEvidence(one: Evidence): Evidence {
  const { range } = one;
  return {
    advisory: one.advisory,
    modified: one.modified,
    ecosystem: one.ecosystem,
    name: one.name,
    version: one.version,
    scheme: one.scheme,
    range: range && { introduced: range.introduced, fixed: range.fixed, lastAffected: range.lastAffected },
    undetermined: one.undetermined,
  };
}

function labelAdvisories({ snapshot, records, unmatched }: LabelAdvisories): LabelAdvisories {
  return {
    snapshot,
    records,
    unmatched: unmatched
      .map(({ reason, packages }) => ({ reason, packages }))
      .sort(
        byKeys(
          (one) => one.reason,
          (one) => one.packages,
        ),
      ),
  };
}

/** The image's problems may be repeated in the inventory: each is said once, those of the whole image first. */
function distinctProblems(all: readonly Problem[]): Problem[] {
  const distinct = new Map<string, Problem>();
  for (const { code, message, layer, path } of all) {
    const one = { code, message, layer, path };
    distinct.set(identityText(one), one);
  }
  return [...distinct.values()].sort(
    byKeys(
      (one) => one.layer ?? -1,
      (one) => one.path ?? '',
      (one) => one.code,
      (one) => one.message,
    ),
  );
}
