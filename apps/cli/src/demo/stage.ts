import { join } from 'node:path';
import { mintApiKey } from '@soupcon/api';
import type { Net } from '@soupcon/net';
import { eraseDataDirectory, openStore, type Store, system } from '@soupcon/store';
import { importAdvisories } from '@soupcon/worker';
import type { Logger } from 'pino';
import { startService } from '../server/compose.ts';
import { type Database, openDatabase } from '../server/database.ts';
import { type ServerContext, withSecrets } from '../server/serve.ts';
import type { ServerCommand } from '../server-args.ts';
import { demoAdvisories, writeAdvisories } from './advisories.ts';
import { type DemoRegistry, startDemoRegistry } from './registry.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';

export type DemoCommand = Extract<ServerCommand, { command: 'demo' }>;
export const repository = 'demo/app';

/** What a demonstration has at hand. */
export interface Props extends ServerContext {
  readonly command: DemoCommand;
  /** Its own, removed at the end. */
  readonly directory: string;
  readonly logger: Logger;
  readonly net: Net;
  /** What has to be ended, last first. */
  readonly ending: (() => Promise<void>)[];
}

/** Everything that runs once the stage is set. */
export interface Stage {
  /** Of the service. */
  readonly address: string;
  readonly key: string;
  readonly client: ServiceClient;
  readonly registry: DemoRegistry;
  readonly repositoryId: string;
  /** What the findings are from. */
  readonly advisoriesNote: string;
}

/** Starts Postgres, the service and the registry, connects them, and opts a repository in. */
export async function setTheStage(props: Props): Promise<Stage> {
  const { io, environment: given, directory, signal, logger, ending, net, command } = props;
  const { DATABASE_URL: _database, REDIS_URL: _redis, SOUPCON_PUBLIC_URL: _url, ...rest } = given;
  const own = { ...rest, SOUPCON_PORT: String(command.port ?? 0) };
  const data = join(directory, 'data');
  ending.push(() => eraseDataDirectory(data));
  const database = await openDatabase({ environment: own, data, use: 'own', signal, logger });
  ending.push(() => database.close());
  const environment = await withSecrets(own, database);
  const service = await startService({ environment, database, parts: ['api', 'worker'], io: quiet(io), logger });
  ending.push(() => service.close());
  const { key, advisoriesNote } = await fillStore(props, database);
  const address = service.address ?? '';
  const client = createServiceClient(net, { address, key, signal });
  let hook: URL | null = null;
  const registry = await startDemoRegistry({ notify: () => hook, logger });
  ending.push(() => registry.close());
  const connected = await connect(client, registry);
  hook = new URL(connected.hookUrl);
  return { address, key, client, registry, repositoryId: connected.repositoryId, advisoriesNote };
}

/** The first key is for whoever keeps the service; the demonstration makes its own. */
function quiet(io: ServerContext['io']): ServerContext['io'] {
  return { ...io, stderr: { ...io.stderr, columns: null } };
}

async function fillStore(props: Props, { url }: Database): Promise<{ key: string; advisoriesNote: string }> {
  const store = openStore({ url, logger: props.logger });
  try {
    const key = mintApiKey();
    await store.asSystem(async (tx) => {
      const [first] = await system.organizations.list(tx, 1);
      const { prefix, hash } = key;
      await system.keys.create(tx, { organizationId: first?.id ?? '', name: 'demo', prefix, hash });
    });
    return { key: key.key.reveal(), advisoriesNote: await bringAdvisories(props, store) };
  } finally {
    await store.close();
  }
}

/** @returns a sentence about where they are from. */
async function bringAdvisories({ command, directory, logger, signal }: Props, store: Store): Promise<string> {
  if (command.advisories !== null) {
    const { place } = await importAdvisories(command.advisories, { store, logger, signal });
    return `The advisories are those of ${place}.`;
  }
  const { records, note } = demoAdvisories();
  const place = join(directory, 'advisories');
  await writeAdvisories(place, records);
  await importAdvisories(place, { store, logger, signal });
  return `${note}\nThe full set: \`npm run demo -- --advisories DIR\`, or \`soupcon advisories sync\` for a service.`;
}

async function connect(
  client: ServiceClient,
  { host }: DemoRegistry,
): Promise<{ hookUrl: string; repositoryId: string }> {
  const added = { provider: 'distribution', name: 'demo', host, insecure: true };
  const { registry, hook } = (await client.call('POST', '/v1/registries', added)) as {
    registry: { id: string };
    hook: { url: string };
  };
  const made = { registry: registry.id, name: repository };
  const { id } = (await client.call('POST', '/v1/repositories', made)) as { id: string };
  await client.call('PUT', `/v1/repositories/${id}/scanning`, {});
  return { hookUrl: hook.url, repositoryId: id };
}
