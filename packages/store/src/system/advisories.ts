import type { Advisory, AffectedPackage } from '@soupcon/model';
import type { SystemTx } from '../tx.ts';
import type { PackageName } from './packages.ts';

/** What an advisory says without whom it is about. */
export type AdvisoryDocument = Omit<Advisory, 'affected'>;

/** One `affected` entry. `ecosystem` without its release, `name` as normalised for it. */
export interface AffectedRow extends PackageName {
  readonly advisoryId: number;
  readonly entry: AffectedPackage;
}

/** Every entry under these names, in the order of advisory and entry. */
export async function entriesNamed(tx: SystemTx, names: readonly PackageName[]): Promise<AffectedRow[]> {
  return tx.query<AffectedRow>({
    name: 'advisories.entriesNamed',
    text: `select f.ecosystem, f.name, f.advisory_id as "advisoryId", f.entry
      from unnest($1::text[], $2::text[]) as wanted (ecosystem, name)
      join content.affected f on f.ecosystem = wanted.ecosystem and f.name = wanted.name
      order by f.advisory_id, f.position`,
    values: columnsOf(names),
  });
}

/** The documents of these advisories by their ids. */
export async function documentsOf(tx: SystemTx, ids: readonly number[]): Promise<Map<number, AdvisoryDocument>> {
  const rows = await tx.query<{ id: number; document: AdvisoryDocument }>({
    name: 'advisories.documents',
    text: 'select id, document from content.advisories where id = any($1)',
    values: [ids],
  });
  return new Map(rows.map(({ id, document }) => [id, document]));
}

function columnsOf(names: readonly PackageName[]): string[][] {
  return [names.map(({ ecosystem }) => ecosystem), names.map(({ name }) => name)];
}
