import type { SystemStatements, SystemTx } from '../tx.ts';

export interface Organization {
  readonly id: string;
  readonly name: string;
}

/** @returns its id. */
export async function create(tx: SystemStatements, name: string): Promise<string> {
  const [row] = await tx.query<{ id: string }>({
    name: 'organizations.create',
    text: 'insert into tenant.organizations (name) values ($1) returning id',
    values: [name],
  });
  return row?.id ?? '';
}

/** The organization of a new database. @returns its id, or null when there is one already. */
export async function createFirst(tx: SystemTx, name: string): Promise<string | null> {
  // In a statement of its own: the next one has to see what the caller before us committed.
  await tx.query({
    name: 'organizations.lock',
    text: `select pg_advisory_xact_lock(hashtext('soupcon.organizations.first'))`,
  });
  const [first] = await list(tx, 1);
  return first === undefined ? create(tx, name) : null;
}

/** Oldest first. */
export async function list(tx: SystemStatements, limit = 100): Promise<Organization[]> {
  return tx.query<Organization & Record<string, unknown>>({
    name: 'organizations.list',
    text: 'select id, name from tenant.organizations order by created_at, id limit $1',
    values: [limit],
  });
}
