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
  const feeds: FeedReport[] = [];
  const threads = new ReaderThreads();
  try {
    for (const ecosystem of (await bucket.ecosystems()) ?? knownEcosystems) {
      if (signal.aborted) throw new AppError('aborted', { subject: 'importing advisories', cause: signal.reason });
      const startedAt = performance.now();
      const report = await importOne(bucket, ecosystem, options, threads);
      if (report === null) continue;
      feeds.push(report);
      tell(report, performance.now() - startedAt, logger);
    }
  } finally {
    await threads.close();
  }
  if (feeds.length === 0) await bucket.confirm();
  return { place: bucket.place, feeds };
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
  try {
    return await importFeed(bucket, ecosystem, options, threads);
  } catch (error) {
    if (!(error instanceof AppError) || !faultsOfFeed.includes(error.code)) throw error;
    return { ...emptyReport(`osv/${ecosystem}`, ecosystem), outcome: 'failed', error };
  }
}
