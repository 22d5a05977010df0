import { type Bucket, fingerprintOf, type ModifiedList, recordsIn } from '@soupcon/advisories';
import { type ChangedRecord, nameCharactersMax, type Plan, type StoredRecords } from './plan.ts';
import type { Refusal } from './report.ts';

/**
 * What an archive has against what is stored: its directory tells, no record is read for it. Of several files of one name
 * the last counts. Null when the place has no archive of the ecosystem.
 * @throws {AppError} `advisories_unavailable` when it is no archive, or not all of one.
 */
export async function planFromArchive(
  bucket: Bucket,
  ecosystem: string,
  stored: StoredRecords,
  list: ModifiedList | null,
): Promise<Plan | null> {
  const archive = await bucket.archive(ecosystem);
  if (archive === null) return null;
  try {
    const seen = new Set<string>();
    const changed = new Map<string, ChangedRecord>();
    const unnamed: Refusal[] = [];
    for (const entry of await recordsIn(ecosystem, archive)) {
      const name = entry.name.slice(0, -'.json'.length);
      if (name.length > nameCharactersMax) {
        unnamed.push({ id: name.slice(0, nameCharactersMax), reason: 'its name is too long' });
        continue;
      }
      seen.add(name);
      changed.delete(name);
      const fingerprint = fingerprintOf(entry);
      if (stored.get(name)?.fingerprint === fingerprint) continue;
      changed.set(name, { name, fingerprint, size: entry.size, modified: null, file: entry });
    }
    return {
      source: 'archive',
      records: seen.size + unnamed.length,
      changed: [...changed.values()],
      gone: [...stored.values()].filter(({ name }) => !seen.has(name)),
      unnamed,
      newest: list?.newest ?? null,
      archive,
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}
