import { connectRegistry } from '@soupcon/api';
import { AppError } from '@soupcon/model';
import { parseReference } from '@soupcon/registry';
import { noSealer, type Store, tenant } from '@soupcon/store';
import { exitStatus } from '../exit-status.ts';
import { writeText } from '../output.ts';
import type { ServerCommand } from '../server-args.ts';
import { chooseOrganization } from './organization.ts';
import { findRegistry } from './registries.ts';
import type { ServerContext } from './serve.ts';
import { withStore } from './with-store.ts';

type Enable = Extract<ServerCommand, { command: 'repos enable' }>;

/** Opts a repository in, its registry and itself added where they are not known, and prints its id. */
export async function enableRepository(command: Enable, context: ServerContext): Promise<number> {
  const { registry: host, repository: name } = nameOf(command.repository);
  const { id, isNewRegistry } = await withStore(context, command.data, async (store) => {
    const organizationId = await chooseOrganization(store, command.organization);
    return enable(store, organizationId, { host, name, insecure: command.insecure });
  });
  await writeText(context.io.stdout, `${id}\n`);
  if (isNewRegistry) {
    context.io.say(`${host} is new here: \`soupcon registries connect ${host}\` says how it notifies of pushes`);
  }
  return exitStatus.done;
}

async function enable(
  store: Store,
  organizationId: string,
  { host, name, insecure }: { readonly host: string; readonly name: string; readonly insecure: boolean },
): Promise<{ id: string; isNewRegistry: boolean }> {
  const known = await store.asTenant(organizationId, (tx) => findRegistry(tx, host));
  const registry = known ?? (await addRegistry(store, organizationId, { host, insecure }));
  return store.asTenant(organizationId, async (tx) => {
    const ensured = await tenant.repositories.ensure(tx, { registry: registry.id, name });
    if (ensured === null) throw new AppError('not_found', { subject: `registry ${host}` });
    await tenant.optIns.begin(tx, ensured.repository.id);
    return { id: ensured.repository.id, isNewRegistry: known === null };
  });
}

/** With an address to notify that nobody is told: `registries connect` makes another. */
async function addRegistry(store: Store, organizationId: string, place: { host: string; insecure: boolean }) {
  const added = { provider: 'distribution', name: place.host, ...place, credentials: null };
  return (await connectRegistry({ store, sealer: noSealer, publicUrl: () => '' }, organizationId, added)).registry;
}

/** The whole repository is meant: a tag or digest would promise less than is done. */
function nameOf(text: string): { registry: string; repository: string } {
  const remedy = 'It is HOST/NAME, such as registry.example/team/app, without a tag.';
  const wrong = (why: string) =>
    new AppError('usage', { subject: `repos enable: ${JSON.stringify(text)}: ${why}`, detail: { remedy } });
  if (text.includes('@') || text.lastIndexOf(':') > text.lastIndexOf('/'))
    throw wrong('a repository has no tag and no digest');
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'reference_malformed') throw wrong('not the name of a repository');
    throw error;
  }
}
