import { mintApiKey } from '@soupcon/api';
import { system } from '@soupcon/store';
import { exitStatus } from '../exit-status.ts';
import { writeText } from '../output.ts';
import type { ServerCommand } from '../server-args.ts';
import { chooseOrganization } from './organization.ts';
import type { ServerContext } from './serve.ts';
import { withStore } from './with-store.ts';

/** Makes a key and prints it, alone, on standard output. */
export async function createKey(
  command: Extract<ServerCommand, { command: 'keys create' }>,
  context: ServerContext,
): Promise<number> {
  const { key, prefix, hash } = mintApiKey();
  await withStore(context, command.data, async (store) => {
    const organizationId = await chooseOrganization(store, command.organization);
    await store.asSystem((tx) => system.keys.create(tx, { organizationId, name: command.name, prefix, hash }));
  });
  await writeText(context.io.stdout, `${key.reveal()}\n`);
  context.io.say('this key is shown once and kept nowhere');
  return exitStatus.done;
}
