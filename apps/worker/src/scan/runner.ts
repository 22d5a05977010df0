import type { InventoryTaker } from '@soupcon/inventory';
import { inventoryMadeBy } from '@soupcon/inventory/made-by';
import { AppError, type Digest, errorTable, formatPlatform, type Platform, parseDigest } from '@soupcon/model';
import {
  formatReference,
  inspectReference,
  openInspected,
  type PlatformEntry,
  type Reference,
  type RegistryClient,
} from '@soupcon/registry';
import { type Store, system, tenant } from '@soupcon/store';
import type { ScanContext, ScanOutcome, ScanRunner, ScanWork } from '../jobs/scan-work.ts';
import { keptIndexes } from './kept-indexes.ts';
import { ProgressCount } from './progress.ts';
import { storeImage } from './store-image.ts';

export interface ScanRunnerOptions {
  readonly store: Store;
  readonly taker: InventoryTaker;
  /** A client that speaks as the organization does to its registry, and whether that serves anybody. */
  readonly connect: (target: tenant.scanTargets.ScanTarget, organizationId: string) => Connection;
}

export interface Connection {
  readonly client: RegistryClient;
  readonly isPublic: boolean;
}

interface Run extends ScanRunnerOptions, Connection {
  readonly work: ScanWork;
  readonly context: ScanContext;
  readonly reference: Reference;
  readonly progress: ProgressCount;
}

/**
 * What a worker does with a scan: asks the registry what the tag or digest is, reads the images that are not known yet,
 * and stores what is in them. Every step that is done stays done, so that a scan that is run again goes on behind it.
 */
export function createScanRunner(options: ScanRunnerOptions): ScanRunner {
  return async (work, context) => {
    const target = await options.store.asTenant(work.organizationId, (tx) =>
      tenant.scanTargets.scanTarget(tx, work.repositoryId),
    );
    if (target === null) throw new AppError('not_found', { subject: `repository ${work.repositoryId}` });
    const connection = options.connect(target, work.organizationId);
    const digest = work.digest === null ? null : parseDigest(work.digest);
    const reference = {
      registry: target.host,
      repository: target.name,
      tag: digest === null ? work.tag : null,
      digest,
    };
    return scan({ ...options, ...connection, work, context, reference, progress: new ProgressCount(context.progress) });
  };
}

async function scan(run: Run): Promise<ScanOutcome> {
  const { work, context, reference } = run;
  const beganAt = new Date().toISOString();
  const inspected = await inspectReference(reference, run.client, context.signal);
  const { digest, mediaType } = inspected;
  const { images, failures } = await scanImages(run, inspected.images);
  if (images.length === 0) {
    throw (
      failures[0]?.error ??
      new AppError('manifest_unsupported', { subject: `${formatReference(reference)} lists no image` })
    );
  }
  const { organizationId, repositoryId, scanId } = work;
  const tag = await tagThatHolds(run, digest);
  const resolvedAt = work.digest === null ? beganAt : new Date().toISOString();
  const [failed] = failures;
  return {
    state: 'done',
    reasonCode: failed?.error.code ?? null,
    reason: failed === undefined ? null : `${failed.platform}: ${failed.error.message}`,
    resolvedDigest: digest,
    resolvedMediaType: mediaType,
    record: async (tx) => {
      const isIndex = inspected.kind === 'index';
      await system.profiles.recordScanned(tx, {
        organizationId,
        repositoryId,
        tag,
        digest,
        mediaType,
        images,
        isIndex,
        resolvedAt,
      });
      const covered = images.map((image) => image.digest);
      if (isIndex) await system.ledger.coverChildren(tx, repositoryId, covered, scanId);
    },
  };
}

/**
 * The tag, if it is what was scanned. A notification names both, but may be late: what the tag is now, only the registry
 * knows. Null when it is something else by now, or was never asked about.
 */
async function tagThatHolds({ work, reference, client, context }: Run, scanned: Digest): Promise<string | null> {
  const { tag } = work;
  if (tag === null || work.digest === null) return tag; // Without a digest the tag itself was resolved.
  try {
    const { digest } = await client.headManifest(reference, tag, context.signal);
    return digest === scanned ? tag : null;
  } catch (error) {
    if (error instanceof AppError && error.code === 'image_not_found') return null; // It was deleted since.
    throw error;
  }
}

interface Failure {
  readonly platform: string;
  readonly error: AppError;
}

/** One after the other: the layers of each are read in parallel. What is wrong with one does not cost the others. */
async function scanImages(run: Run, entries: readonly PlatformEntry[]) {
  const images: { id: number; digest: string }[] = [];
  const failures: Failure[] = [];
  for (const entry of distinct(entries)) {
    try {
      images.push({ id: await scanImage(run, entry), digest: entry.descriptor.digest });
    } catch (error) {
      // What may go better another time ends the attempt; what is done by then is known to the next.
      if (!(error instanceof AppError) || errorTable[error.code].retry === 'backoff' || error.code === 'aborted')
        throw error;
      run.context.logger.warn({ digest: entry.descriptor.digest, code: error.code }, 'image refused');
      if (error.code !== 'manifest_unsupported') failures.push({ platform: nameOf(entry.platform), error });
    }
  }
  return { images, failures };
}

function nameOf(platform: Platform | null): string {
  return platform === null ? 'image' : formatPlatform(platform);
}

/** An index may list one image for several platforms. */
function distinct(entries: readonly PlatformEntry[]): PlatformEntry[] {
  return [...new Map(entries.map((entry) => [entry.descriptor.digest, entry])).values()];
}

async function scanImage(run: Run, entry: PlatformEntry): Promise<number> {
  const { store, work, context, progress, taker } = run;
  const { organizationId } = work;
  const { digest } = entry.descriptor;
  const known = await store.asSystem((tx) => system.images.findImage(tx, { organizationId, digest }, inventoryMadeBy));
  if (known !== null) {
    progress.known();
    return known;
  }
  const startedAt = performance.now();
  const source = await openInspected(run.reference, entry, run.client, context.signal);
  progress.opened(source.image.layers);
  try {
    const inventory = await taker.take(source, {
      signal: context.signal,
      onProgress: (one) => progress.layer(digest, one),
      kept: keptIndexes({ store, organizationId, isPublic: run.isPublic }),
    });
    context.signal.throwIfAborted();
    const id = await storeImage(store, source.image, inventory);
    const durationMs = Math.round(performance.now() - startedAt);
    context.logger.info({ digest, packages: inventory.packages.length, durationMs }, 'image indexed');
    return id;
  } finally {
    await source.close();
  }
}
