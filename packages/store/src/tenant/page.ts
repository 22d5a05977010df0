import type { QueryResultRow } from 'pg';
import type { Statement, TenantTx } from '../tx.ts';

/** A part of a list in the order of time and id, and the place behind which it begins. */
export interface Page {
  readonly limit: number;
  readonly after: PagePlace | null;
}

export interface PagePlace {
  /** RFC 3339 to the microsecond, as it was handed out. */
  readonly at: string;
  readonly id: string;
}

export interface PageOf<Row> {
  readonly items: readonly Row[];
  readonly more: boolean;
}

/** Runs a statement whose last value is the limit, with one more than asked for: whether there is more is then known. */
export async function queryPage<Row extends QueryResultRow>(
  tx: TenantTx,
  { text, values = [] }: Statement,
  limit: number,
): Promise<PageOf<Row>> {
  const rows = await tx.query<Row>({ text, values: [...values, limit + 1] });
  return { items: rows.slice(0, limit), more: rows.length > limit };
}
