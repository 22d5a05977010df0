import type { AppError } from '@soupcon/model';

/** What came of one ecosystem of a place. */
export interface FeedReport {
  /** `osv/<Ecosystem>`. */
  readonly feed: string;
  readonly ecosystem: string;
  /** `failed`: nothing was changed by what did not complete, and `error` says why. */
  readonly outcome: 'unchanged' | 'imported' | 'failed';
  /** What had to be read to know. */
  readonly source: 'list' | 'records' | 'archive';
  /** Records the feed has now, and how many of them came, changed and went. */
  readonly records: number;
  readonly added: number;
  readonly changed: number;
  readonly dropped: number;
  /** Records that cannot be read; of those an older version that could be stays. `examples` has the first 20. */
  readonly refused: { readonly count: number; readonly examples: readonly Refusal[] };
  /** Packages that were matched again, and what that changed. */
  readonly packages: number;
  readonly opened: number;
  readonly closed: number;
  readonly error: AppError | null;
}

export interface Refusal {
  readonly id: string;
  readonly reason: string;
}

export interface ImportReport {
  /** Without credentials. */
  readonly place: string;
  /** In the order of the ecosystems' names. */
  readonly feeds: readonly FeedReport[];
}

export interface ImportProgress {
  readonly ecosystem: string;
  /** Records that were new, changed or gone, done and in all. */
  readonly done: number;
  readonly total: number;
}

/** What is said of a feed before anything has come of it. */
export function emptyReport(feed: string, ecosystem: string): FeedReport {
  const none = { records: 0, added: 0, changed: 0, dropped: 0, packages: 0, opened: 0, closed: 0 };
  return {
    feed,
    ecosystem,
    outcome: 'unchanged',
    source: 'list',
    refused: { count: 0, examples: [] },
    error: null,
    ...none,
  };
}
