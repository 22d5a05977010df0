import { type Bucket, type BucketOptions, knownEcosystems, openBucket } from '@soupcon/advisories';
import { AppError, type ErrorCode, type Logger } from '@soupcon/model';
import { type ImportOptions, importFeed } from './feed-import.ts';
import { ReaderThreads } from './reader-threads.ts';
import { emptyReport, type FeedReport, type ImportReport } from './report.ts';

/** What ends one feed and leaves the others as they are. */
const faultsOfFeed: readonly ErrorCode[] = ['advisories_unavailable', 'advisories_shrunk'];

/**
 * Brings the store's advisories, and the findings of packages that are stored, to what a place laid out as the OSV bucket
 * has: a directory or an http(s) URL. Every ecosystem of it is a feed of its own; what the place has nothing of stays as
 * it is. The same data again writes nothing. A feed that cannot be read, or that lost more than a tenth of its records,
 * is told in the report and leaves what is stored.
 * @throws {AppError} `advisories_unavailable` when the place is no bucket, `aborted`, or what the database throws; what
 *   was done until then stays, and the next import goes on from there.
 */
export async function importAdvisories(
  place: string,
  { net, ...options }: ImportOptions & Pick<BucketOptions, 'net'>,
): Promise<ImportReport> {
  const { logger, signal } = options;
  const bucket = await openBucket(place, { logger, signal, ...(net === undefined ? {} : { net }) });
  const ecosystems = (await bucket.ecosystems()) ?? knownEcosystems;
  const threads = new ReaderThreads();
  try {
    const feeds = await atOnce(ecosystems, options.signal, (ecosystem, signal) =>
      importOne(bucket, ecosystem, { ...options, signal }, threads),
    );
    if (feeds.length === 0) await bucket.confirm();
    return { place: bucket.place, feeds };
  } finally {
    await threads.close();
  }
}

/** Feeds under way at once: one is read while the other is written. Each takes two connections. */
const feedsAtOnce = 2;

/** The reports of all that there is something of, in order. The first that fails stops the others. */
async function atOnce(
  ecosystems: readonly string[],
  signal: AbortSignal,
  work: (ecosystem: string, signal: AbortSignal) => Promise<FeedReport | null>,
): Promise<FeedReport[]> {
  const reports: (FeedReport | null)[] = [];
  const failed = new AbortController();
  const any = AbortSignal.any([signal, failed.signal]);
  const left = ecosystems.entries();
  const lane = async () => {
    for (const [index, ecosystem] of left) {
      if (any.aborted) throw new AppError('aborted', { subject: 'importing advisories', cause: any.reason });
      reports[index] = await work(ecosystem, any);
    }
  };
  const lanes = Array.from({ length: feedsAtOnce }, () =>
    lane().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(lanes);
  // What stopped the others is told, not that they were stopped.
  if (failed.signal.aborted) throw failed.signal.reason;
  return reports.filter((report) => report !== null);
}

function tell({ refused, error, ...facts }: FeedReport, ms: number, logger: Logger): void {
  const fields = { ...facts, refused: refused.count, durationMs: Math.round(ms) };
  if (error === null) logger.info(fields, 'feed done');
  else logger.warn({ ...fields, reason: error.message }, 'feed failed');
}

async function importOne(
  bucket: Bucket,
  ecosystem: string,
  options: ImportOptions,
  threads: ReaderThreads,
): Promise<FeedReport | null> {
  const startedAt = performance.now();
  const report = await importFeed(bucket, ecosystem, options, threads).catch((error: unknown): FeedReport => {
    if (!(error instanceof AppError) || !faultsOfFeed.includes(error.code)) throw error;
    return { ...emptyReport(`osv/${ecosystem}`, ecosystem), outcome: 'failed', error };
  });
  if (report !== null) tell(report, performance.now() - startedAt, options.logger);
  return report;
}
