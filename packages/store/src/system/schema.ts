import type { SystemStatements } from '../tx.ts';

/** The number of the newest migration that was applied. */
export async function appliedMigration(db: SystemStatements): Promise<number> {
  const [row] = await db.query<{ number: number }>({
    name: 'schema.applied',
    text: 'select coalesce(max(number), 0)::int as number from soupcon.migrations',
  });
  return row?.number ?? 0;
}
