import { defaultLimits } from '@soupcon/layers';
import { AppError } from '@soupcon/model';

/** Limits on an archive of images; inside a layer those of `layers` hold. */
export const archiveLimits = {
  entriesMax: 100_000,
  /** One document that is kept while a compressed archive is indexed, and all of them. */
  captureBytesMax: 4 * 1024 * 1024,
  captureTotalMax: 32 * 1024 * 1024,
  /** Paths and link targets of all entries together, in characters. */
  namesMax: 16 * 1024 * 1024,
  linksMax: 10,
  /** All that a compressed archive unpacks to. */
  unpackedBytesMax: 64 * 1024 ** 3,
} as const;

export const walkLimits = { ...defaultLimits, entriesMax: archiveLimits.entriesMax };

/** What a fault of the archive is called. @param atStart nothing of it could be read. */
export function unreadable(path: string, code: string, atStart: boolean, more?: string): AppError {
  const words: Record<string, string> = {
    tar_header_invalid: atStart ? 'is not a tar archive' : 'has an invalid tar header',
    tar_truncated: 'is cut off',
    limit_names: 'has names that are too long together',
    limit_entries: `has more than ${archiveLimits.entriesMax} entries`,
  };
  const what = words[code] ?? `cannot be read (${code})`;
  return new AppError('source_unreadable', {
    subject: `${path} ${what}${more === undefined || atStart ? '' : `: ${more}`}`,
  });
}
