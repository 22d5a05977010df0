import type { RandomAccessFile } from '@soupcon/advisories';
import type { ZipEntry } from '@soupcon/layers';
import { AppError } from '@soupcon/model';
import type { system } from '@soupcon/store';
import type { Refusal } from './report.ts';

export type FeedRecord = system.feeds.FeedRecord;
/** What is stored of a feed, by the names of its records. */
export type StoredRecords = ReadonlyMap<string, FeedRecord>;

/** A record whose file differs from the one that is stored, or whose instant does. */
export interface ChangedRecord {
  readonly name: string;
  readonly fingerprint: string;
  /** Unpacked bytes. */
  readonly size: number;
  /** The instant by which the file is known to be as new; null when only it tells. */
  readonly modified: string | null;
  /** Where in the plan's archive it is, or the file itself. */
  readonly file: ZipEntry | Uint8Array;
}

/** What has to be done for the store to have what a place has. */
export interface Plan {
  readonly source: 'list' | 'records' | 'archive';
  /** Records the place has. */
  readonly records: number;
  readonly changed: readonly ChangedRecord[];
  readonly gone: readonly FeedRecord[];
  /** Records that cannot even be named. */
  readonly unnamed: readonly Refusal[];
  /** The newest change as the place lists it, RFC 3339 UTC to the second; null where it lists none. */
  readonly newest: string | null;
  /** To be closed by whoever asked for the plan; null where nothing is in it. */
  readonly archive: RandomAccessFile | null;
}

/** A record's name is kept in an index. Those of the public bucket have some thirty characters. */
export const nameCharactersMax = 200;

/**
 * A feed that lost more than a tenth of its records is more likely broken than better.
 * @throws {AppError} `advisories_shrunk` with the figures.
 */
export function checkShrinking(feed: string, stored: number, records: number): void {
  if (records >= stored * 0.9) return;
  throw new AppError('advisories_shrunk', {
    subject: `${feed} has ${records} records, ${stored} are stored`,
    detail: { feed, stored, records },
  });
}
