import type { TenantTx } from '../tx.ts';

/** Where the advisories of an ecosystem come from, and how new they are. Public knowledge. */
export interface Feed {
  /** Without its release. */
  readonly ecosystem: string;
  /** The newest change of any record, RFC 3339 UTC. */
  readonly newest: string;
  readonly records: number;
  /** Full texts (`Debian:12`) that its records are about. */
  readonly ecosystems: readonly string[];
}

export async function list(tx: TenantTx): Promise<Feed[]> {
  return tx.query<Feed & Record<string, unknown>>({
    text: 'select ecosystem, newest, records, ecosystems from content.feeds order by id',
  });
}
