import { readZipDirectory, readZipEntry, type ZipEntry, type ZipLimits } from '@soupcon/layers';
import { type Advisory, AppError } from '@soupcon/model';
import { unavailable } from './bucket.ts';
import { parseOsv } from './osv.ts';
import type { RandomAccessFile } from './random-access-file.ts';

const MiB = 1024 * 1024;

/** One record in bytes; those of the largest advisories have some MiB. */
export const recordBytesMax = 32 * MiB;

/** The public archives have up to some hundred thousand records; lists of malicious versions pack very well. */
export const archiveLimits: ZipLimits = {
  entriesMax: 5_000_000,
  directoryBytesMax: 512 * MiB,
  entryBytesMax: recordBytesMax,
  ratioMax: 1000,
  ratioFloorBytes: MiB,
};

/**
 * The records of an archive as its directory lists them, none of them read.
 * @throws {AppError} `advisories_unavailable` when it is no archive, or not all of one.
 */
export async function recordsIn(ecosystem: string, archive: RandomAccessFile): Promise<Iterable<ZipEntry>> {
  const directory = await readZipDirectory(archive, archiveLimits).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    throw unavailable(`${ecosystem}/all.zip: ${error.message}`, error);
  });
  return (function* () {
    for (const entry of directory) if (entry.name.endsWith('.json')) yield entry;
  })();
}

/** Raise it when the same record may be read as another advisory: what is stored of it is then read again. */
const readingVersion = 1;

/** What tells a record from another version of it without reading either: CRC-32 and size in bytes. */
export function fingerprintOf({ crc32, size }: Pick<ZipEntry, 'crc32' | 'size'>): string {
  return `${readingVersion}:${crc32.toString(16)}:${size}`;
}

/** Whether a fingerprint is of a record as it is read today. */
export function isCurrent(fingerprint: string): boolean {
  return fingerprint.startsWith(`${readingVersion}:`);
}

/** A record's id as its file is named. */
export function hintOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.json$/, '');
}

/** A record's text without a byte order mark, which JSON may not have and files do. */
export function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** What a record says for one ecosystem, or why it cannot be read, in a few words. */
export type RecordReading = { readonly advisory: Advisory } | { readonly refused: string };

/** One record of an archive with its entries for the ecosystem alone; what cannot be read is told, never thrown. */
export async function readRecord(
  ecosystem: string,
  archive: RandomAccessFile,
  entry: ZipEntry,
): Promise<RecordReading> {
  try {
    return parseRecord(ecosystem, await readZipEntry(archive, entry, archiveLimits));
  } catch (error) {
    if (error instanceof AppError && error.code === 'zip_malformed') return { refused: error.subject ?? error.message };
    throw error;
  }
}

/** As {@link readRecord}, of a record's bytes. */
export function parseRecord(ecosystem: string, bytes: Uint8Array): RecordReading {
  try {
    const parsed = parseOsv(JSON.parse(textOf(bytes)), '', (base) => base === ecosystem);
    return 'refused' in parsed ? { refused: parsed.refused } : { advisory: parsed.advisory };
  } catch (error) {
    if (error instanceof SyntaxError) return { refused: 'not JSON' };
    throw error;
  }
}
