import { compareHits } from '@soupcon/advisories';
import type { Advisory, AdvisoryHit, AdvisoryIndex, AffectedPackage } from '@soupcon/model';
import { type SystemTx, system } from '@soupcon/store';

interface Name {
  readonly ecosystem: string;
  readonly name: string;
}

/**
 * The advisories of the store under these names, in the order of `loadAdvisories`: the same records give the same
 * findings, whether they come from the store or from an archive. Tells of no ecosystems and no snapshot: matching asks
 * for neither.
 */
export async function loadStored(tx: SystemTx, names: readonly Name[]): Promise<Pick<AdvisoryIndex, 'lookup'>> {
  const rows = await system.advisories.entriesNamed(tx, names);
  const documents = await system.advisories.documentsOf(tx, [...new Set(rows.map(({ advisoryId }) => advisoryId))]);
  const entries = new Map<number, AffectedPackage[]>();
  for (const { advisoryId, entry } of rows) push(entries, advisoryId, entry);
  const advisories = new Map<number, Advisory>();
  for (const [id, document] of documents) advisories.set(id, { ...document, affected: entries.get(id) ?? [] });
  const hits = new Map<string, AdvisoryHit[]>();
  for (const { ecosystem, name, advisoryId, entry } of rows) {
    const advisory = advisories.get(advisoryId);
    if (advisory !== undefined) push(hits, keyOf(ecosystem, name), { advisory, affected: entry });
  }
  for (const list of hits.values()) list.sort(compareHits);
  return { lookup: (ecosystem, name) => hits.get(keyOf(ecosystem, name)) ?? [] };
}

const keyOf = (ecosystem: string, name: string) => `${ecosystem}\0${name}`;

function push<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
