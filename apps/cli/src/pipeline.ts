import type { LayerProgress } from '@soupcon/inventory';
import { buildLabel, type Label } from '@soupcon/label';
import type {
  AdvisorySnapshot,
  Finding,
  ImageSource,
  Inventory,
  Package,
  Platform,
  ResolvedImage,
  Unmatched,
} from '@soupcon/model';

export type TakeInventory = (
  source: ImageSource,
  options: { signal: AbortSignal; threads: number; onProgress(progress: LayerProgress): void },
) => Promise<Inventory>;

/** What a bill of materials or an image gives: what it is, and what is in it. */
export interface Taken {
  readonly image: ResolvedImage;
  readonly inventory: Inventory;
}

/** What is known against the packages, and against which of them nothing could be known. */
export interface Matched {
  readonly findings: readonly Finding[];
  readonly snapshot: AdvisorySnapshot;
  readonly unmatched: readonly Unmatched[];
  /** Sentences about advisories that could not be read. */
  readonly warnings: readonly string[];
}

/** The steps of a scan; the command puts the packages' own functions here, tests put theirs. */
export interface ScanSteps {
  openImage(reference: string, options: { platform: Platform | null; signal: AbortSignal }): Promise<ImageSource>;
  readonly takeInventory: TakeInventory;
  readSbom(path: string, reference: string): Promise<Taken>;
  /** Holds the advisories of a directory or URL against the packages. */
  match(place: string, packages: readonly Package[], signal: AbortSignal): Promise<Matched>;
  /** Holds those of the service on this machine against them; null when there are none. */
  matchStored(packages: readonly Package[], signal: AbortSignal): Promise<Matched | null>;
}

export interface ScanRequest {
  /** As the user wrote it. */
  readonly image: string;
  readonly platform: Platform | null;
  /** Directory or URL; null is the service on this machine, and without one the inventory alone. */
  readonly advisories: string | null;
  readonly threads: number;
  readonly signal: AbortSignal;
  onProgress(progress: LayerProgress): void;
  /** The layers are read; what follows takes no bar. */
  onInventory(): void;
}

const sbomPrefix = 'sbom:';

export interface Scanned {
  readonly label: Label;
  /** Sentences. */
  readonly warnings: readonly string[];
}

/**
 * One image from its name to its label.
 * @throws {AppError} of the step that could not be done: then there is no label.
 */
export async function scanImage(request: ScanRequest, steps: ScanSteps): Promise<Scanned> {
  const { signal, advisories: place } = request;
  const { image, inventory } = await take(request, steps);
  signal.throwIfAborted();
  request.onInventory();
  const { packages } = inventory;
  const matched = await (place === null ? steps.matchStored(packages, signal) : steps.match(place, packages, signal));
  signal.throwIfAborted();
  if (matched === null) {
    return { label: buildLabel({ image, inventory, findings: [], advisories: null }), warnings: [] };
  }
  const { findings, snapshot, unmatched, warnings } = matched;
  return { label: buildLabel({ image, inventory, findings, advisories: { ...snapshot, unmatched } }), warnings };
}

async function take({ image, platform, threads, signal, onProgress }: ScanRequest, steps: ScanSteps): Promise<Taken> {
  if (image.startsWith(sbomPrefix)) return steps.readSbom(image.slice(sbomPrefix.length), image);
  const source = await steps.openImage(image, { platform, signal });
  try {
    return { image: source.image, inventory: await steps.takeInventory(source, { signal, threads, onProgress }) };
  } finally {
    await source.close();
  }
}
