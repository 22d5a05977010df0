import { type Bucket, type BucketOptions, unavailable } from './bucket.ts';
import { openDirectoryBucket } from './bucket-directory.ts';
import { openRemoteBucket } from './bucket-remote.ts';

/**
 * Opens a directory, or an http(s) URL whose archives are spooled to an unlinked temporary file when they are asked for,
 * so that memory does not grow with them.
 * @throws {AppError} `advisories_unavailable` for a place that is no bucket, with what is wrong with it.
 */
export async function openBucket(place: string, options: BucketOptions = {}): Promise<Bucket> {
  if (!/^https?:\/\//i.test(place)) return openDirectoryBucket(place);
  if (!URL.canParse(place)) throw unavailable(`${JSON.stringify(place)} is not a URL`);
  const { net } = options;
  if (net === undefined) throw unavailable(`${new URL(place).host} cannot be reached: there is no network here`);
  return openRemoteBucket(new URL(place), { ...options, net });
}
