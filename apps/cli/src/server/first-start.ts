import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mintApiKey } from '@soupcon/api';
import type { Logger } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';
import type { Io } from '../io.ts';

/**
 * Gives a new database its organization and a key. The key is shown on a terminal only; elsewhere it would end in a log,
 * so it is written to a file that only its owner reads.
 * @param directory of that file; null when there is none: then `soupcon keys create` makes a key.
 */
export async function prepareFirstStart(
  store: Store,
  { io, logger, directory }: { readonly io: Io; readonly logger: Logger; readonly directory: string | null },
): Promise<void> {
  const showsKey = io.stderr.columns !== null;
  const minted = mintApiKey();
  const path = directory === null ? null : join(directory, 'api-key');
  const organizationId = await store.asSystem(async (tx) => {
    const id = await system.organizations.createFirst(tx, 'default');
    if (id === null || (!showsKey && path === null)) return id;
    await system.keys.create(tx, { organizationId: id, name: 'first start', prefix: minted.prefix, hash: minted.hash });
    // Inside, so that a key that could not be handed over is not there.
    if (!showsKey && path !== null) await writeFile(path, `${minted.key.reveal()}\n`, { mode: 0o600 });
    return id;
  });
  if (organizationId === null) return;
  if (showsKey) io.say(`the first key, shown once: ${minted.key.reveal()}`);
  else if (path !== null) logger.info({ organizationId, path }, 'first key written');
  else logger.info({ organizationId, next: 'soupcon keys create' }, 'organization made');
}
