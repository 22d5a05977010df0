import { AppError } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';

/**
 * The organization that a command at the shell is about, by its id or name; without either the only one there is.
 * @throws {AppError} `usage` naming those there are.
 */
export async function chooseOrganization(store: Store, asked: string | null): Promise<string> {
  const all = await store.asSystem((tx) => system.organizations.list(tx, 100));
  const found = asked === null ? all : all.filter(({ id, name }) => id === asked || name === asked);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.id;
  const names = all.map(({ id, name }) => `${name} (${id})`).join(', ');
  const remedy =
    all.length === 0 ? 'The first start makes one: `soupcon serve`.' : `Name one with --organization: ${names}.`;
  const subject =
    asked === null ? `there are ${all.length} organizations` : `there is no organization ${JSON.stringify(asked)}`;
  throw new AppError('usage', { subject, detail: { remedy } });
}
