import { crc32 } from 'node:zlib';
import { type Bucket, fingerprintOf, isAfter, isCurrent, type ModifiedList } from '@soupcon/advisories';
import type { ChangedRecord, Plan, StoredRecords } from './plan.ts';

/** More changes than this are not worth a request each: the archive is fetched. */
const recordsAtMost = 200;
const requestsAtOnce = 8;
/** What is held of them in memory. */
const bytesMax = 64 * 1024 ** 2;

/**
 * What a remote place lists against what is stored: nothing is fetched when nothing changed, and single records when few
 * did. A record is gone when it is neither listed nor there: a list may be cut off. Null when it takes the archive to
 * tell, as where so much changed, or there are no single records.
 */
export async function planFromList(
  bucket: Bucket,
  ecosystem: string,
  stored: StoredRecords,
  list: ModifiedList,
): Promise<Plan | null> {
  if (!list.whole || [...stored.values()].some(({ fingerprint }) => !isCurrent(fingerprint))) return null;
  const newer = [...list.records].filter(([name, listed]) => {
    const held = stored.get(name);
    return held === undefined || isAfter(listed, held.modified);
  });
  const unlisted = [...stored.values()].filter(({ name }) => !list.records.has(name));
  if (newer.length + unlisted.length > recordsAtMost) return null;
  if (unlisted.length > 0 && newer.length === 0 && !(await hasRecords(bucket, ecosystem, list))) return null;
  const fetched = await fetchAll(bucket, ecosystem, [
    ...newer.map(([name]) => name),
    ...unlisted.map(({ name }) => name),
  ]);
  if (fetched === null || newer.some(([name]) => fetched.get(name) === null)) return null;
  const changed = newer.map(([name, listed]) => changedRecord(name, listed, fetched.get(name) ?? Buffer.alloc(0)));
  return {
    source: changed.length + unlisted.length === 0 ? 'list' : 'records',
    records: list.records.size + unlisted.filter(({ name }) => fetched.get(name) !== null).length,
    changed,
    gone: unlisted.filter(({ name }) => fetched.get(name) === null),
    unnamed: [],
    newest: list.newest,
    archive: null,
  };
}

/** Whether a record that is listed is there on its own, so that one which is not there says something. */
async function hasRecords(bucket: Bucket, ecosystem: string, { records }: ModifiedList): Promise<boolean> {
  const [name] = records.keys();
  return name !== undefined && (await bucket.record(ecosystem, name)) !== null;
}

/** Records by name, null for those that are not there; null when together they are too large. */
async function fetchAll(
  bucket: Bucket,
  ecosystem: string,
  names: readonly string[],
): Promise<Map<string, Uint8Array | null> | null> {
  const fetched = new Map<string, Uint8Array | null>();
  let bytes = 0;
  for (let at = 0; at < names.length && bytes <= bytesMax; at += requestsAtOnce) {
    const some = names.slice(at, at + requestsAtOnce);
    const records = await Promise.all(some.map((name) => bucket.record(ecosystem, name)));
    for (const [index, name] of some.entries()) fetched.set(name, records[index] ?? null);
    bytes += records.reduce((sum, record) => sum + (record?.length ?? 0), 0);
  }
  return bytes > bytesMax ? null : fetched;
}

function changedRecord(name: string, modified: string, bytes: Uint8Array): ChangedRecord {
  const fingerprint = fingerprintOf({ crc32: crc32(bytes), size: bytes.length });
  return { name, fingerprint, size: bytes.length, modified, file: bytes };
}
