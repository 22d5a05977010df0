import { createHmac } from 'node:crypto';
import type { Client, ClientConfig } from 'pg';

/**
 * The roles that Soupcon connects as. The owner only migrates. `soupcon_app` sees one tenant at a time,
 * `soupcon_system` crosses tenants with the statements of `system/`, `soupcon_queue` owns the schema of the queue.
 */
export const roles = ['soupcon_app', 'soupcon_system', 'soupcon_queue'] as const;
export type Role = (typeof roles)[number];

/**
 * How to connect as a role, given how the owner connects. The role's password is derived from the owner's, so that every
 * process that is given `DATABASE_URL` knows it and nobody else does. An owner without a password (trusted or known to
 * the server by other means) connects himself and steps down to the role at once. What the owner's address says in
 * `options` comes first, and ours counts: left in the address it would take the place of ours, and nobody would step down.
 */
export function connectionOf(ownerUrl: string, role: Role, settings = ''): ClientConfig {
  const url = new URL(ownerUrl);
  const given = url.searchParams.getAll('options').join(' ');
  url.searchParams.delete('options');
  const base = `${given} -c timezone=UTC ${settings}`.trim();
  if (url.password === '') return { connectionString: url.href, options: `${base} -c role=${role}` };
  url.password = passwordOf(decodeURIComponent(url.password), role);
  url.username = role;
  return { connectionString: url.href, options: base };
}

function passwordOf(ownerPassword: string, role: Role): string {
  return createHmac('sha256', ownerPassword).update(`soupcon role ${role}`).digest('base64url');
}

/** Makes the roles that are missing and gives each the password that `connectionOf` derives. Needs CREATEROLE. */
export async function ensureRoles(owner: Client, ownerUrl: string): Promise<void> {
  const password = decodeURIComponent(new URL(ownerUrl).password);
  for (const role of roles) {
    const login = password === '' ? 'nologin' : `login password '${passwordOf(password, role)}'`;
    const { rowCount } = await owner.query('select from pg_roles where rolname = $1', [role]);
    // Roles belong to the server, not to the database: another start may be at it, too.
    await onlyOnce(owner.query(`${rowCount === 0 ? 'create' : 'alter'} role ${role} ${login}`));
    await onlyOnce(owner.query(`grant ${role} to current_user`));
  }
}

/** Passes over what says that somebody else did the same at the same moment. */
async function onlyOnce(statement: Promise<unknown>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const isRace = code === '42710' || code === '23505' || (code === 'XX000' && /concurrently updated/.test(message));
    if (!isRace) throw error;
  }
}
