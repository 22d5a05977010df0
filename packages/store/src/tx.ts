import type { QueryResultRow } from 'pg';

/** A statement with its values; `name` makes it a prepared one. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** Named after its file and what it does, `ledger.claim`: a test lists the names. */
export interface NamedStatement extends Statement {
  readonly name: string;
}

/**
 * A transaction in which one organization's rows are visible and no others; only `Store.asTenant` makes one. Instants
 * come as RFC 3339 UTC to the microsecond, 64-bit integers as numbers.
 */
export interface TenantTx {
  readonly kind: 'tenant';
  readonly organizationId: string;
  query<Row extends QueryResultRow>(statement: Statement): Promise<Row[]>;
}

/**
 * A transaction across tenants, in the role that may only do what 0003_visibility.sql grants; only `Store.asSystem`
 * makes one. Statements belong to packages/store/src/system and have names.
 */
export interface SystemTx {
  readonly kind: 'system';
  query<Row extends QueryResultRow>(statement: NamedStatement): Promise<Row[]>;
  /** `COPY ... FROM STDIN`; rows in the text format, each ending in a line feed. @returns rows copied. */
  copy(
    statement: NamedStatement,
    rows: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  ): Promise<number>;
}

/** Statements across tenants that do not depend on being in one transaction; a {@link SystemTx} is one, too. */
export type SystemStatements = Pick<SystemTx, 'query'>;
