export type { Bucket, BucketOptions, Fetcher } from './bucket.ts';
export type { LoadReport, WantedNames } from './load.ts';
export { compareHits, loadAdvisories } from './load.ts';
export { openBucket } from './open-bucket.ts';
export type { ParsedOsv, Wants } from './osv.ts';
export { parseOsv } from './osv.ts';
