import { AppError, type Logger } from '@soupcon/model';
import type { NetRequest, NetResponse } from '@soupcon/net';
import { ecosystemPattern } from './ecosystems.ts';
import type { RandomAccessFile } from './random-access-file.ts';

/** What of `@soupcon/net` a bucket needs. */
export interface Fetcher {
  request(request: NetRequest): Promise<Pick<NetResponse, 'status' | 'body' | 'discard'>>;
}

export interface BucketOptions {
  /** Needed for a URL only. */
  readonly net?: Fetcher;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
}

/** Advisories laid out as the public OSV bucket: `<Ecosystem>/all.zip`, `<Ecosystem>/modified_id.csv`. */
export interface Bucket {
  /** Where it is, without credentials. */
  readonly place: string;
  /** Whether reading an archive is a download, so that single records are worth asking for. */
  readonly isRemote: boolean;
  /** The ecosystems it has, without their releases, sorted; null when it does not say. */
  ecosystems(): Promise<readonly string[] | null>;
  /** The zip of an ecosystem, named without a release, to be closed by the caller; null when there is none. */
  archive(ecosystem: string): Promise<RandomAccessFile | null>;
  /** One record of an ecosystem; null when there is none of that id, and always for a place that has archives alone. */
  record(ecosystem: string, id: string): Promise<Uint8Array | null>;
  /** The rows `modified,id` of an ecosystem, or of all (`modified,ecosystem/id`) for null; null when there are none. */
  modified(ecosystem: string | null): Promise<AsyncIterable<Uint8Array> | null>;
  /** Called when none of the archives asked for is there. @throws {AppError} when nothing says that this is a bucket. */
  confirm(): Promise<void>;
}

export function unavailable(subject: string, cause?: unknown): AppError {
  return new AppError('advisories_unavailable', { subject, cause });
}

/** The directory of an ecosystem. Names are ours, but a slip must not lead out of the bucket. */
export function directoryOf(ecosystem: string): string {
  if (!ecosystemPattern.test(ecosystem)) {
    throw unavailable(`${JSON.stringify(ecosystem)} is not the name of an ecosystem`);
  }
  return ecosystem;
}
