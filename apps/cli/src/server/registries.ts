import { readFile, writeFile } from 'node:fs/promises';
import { connectRegistry, type Hook, rotateHook } from '@soupcon/api';
import { AppError } from '@soupcon/model';
import { noSealer, type Store, type TenantTx, tenant } from '@soupcon/store';
import { exitStatus } from '../exit-status.ts';
import { writeText } from '../output.ts';
import type { ServerCommand } from '../server-args.ts';
import { chooseOrganization } from './organization.ts';
import type { ServerContext } from './serve.ts';
import { withStore } from './with-store.ts';

type Connect = Extract<ServerCommand, { command: 'registries connect' }>;

/** Connects a registry, or gives one that is connected a new address to notify, and says how to configure it. */
export async function connect(command: Connect, context: ServerContext): Promise<number> {
  const base = command.url ?? context.environment['SOUPCON_PUBLIC_URL'];
  if (!base) {
    const remedy = 'Name it with --url, such as http://soupcon.internal:8080, or set SOUPCON_PUBLIC_URL.';
    const subject = 'registries connect: how the registry reaches this service is not said';
    throw new AppError('usage', { subject, detail: { remedy } });
  }
  const publicUrl = () => base.replace(/\/+$/, '');
  const { writeConfig: path } = command;
  const written = path === null ? null : await readIfThere(path);
  const hook = await withStore(context, command.data, async (store) => {
    const organizationId = await chooseOrganization(store, command.organization);
    const known = await store.asTenant(organizationId, (tx) => findRegistry(tx, command.host));
    // A registry that runs with it must not be given an address that it does not know.
    if (known !== null && written?.includes(`/hooks/${known.provider}/${known.id}/`)) return null;
    return makeHook(store, organizationId, { ...command, known, publicUrl });
  });
  if (hook === null) context.io.say(`${path} is there already and stays as it is`);
  else if (path === null) await writeText(context.io.stdout, hook.setup);
  else await writeConfig(path, hook.setup);
  return exitStatus.done;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new AppError('output_unwritable', { subject: path, cause });
  }
}

async function makeHook(
  store: Store,
  organizationId: string,
  { host, insecure, known, publicUrl }: Connect & { known: tenant.registries.Registry | null; publicUrl(): string },
): Promise<Hook> {
  const rotated = known && (await rotateHook({ store, publicUrl }, organizationId, known.id));
  if (rotated !== null) return rotated.hook;
  const added = { provider: 'distribution', name: host, host, insecure, credentials: null };
  return (await connectRegistry({ store, sealer: noSealer, publicUrl }, organizationId, added)).hook;
}

/** The oldest connection to a registry. */
export async function findRegistry(tx: TenantTx, host: string): Promise<tenant.registries.Registry | null> {
  const { items } = await tenant.registries.list(tx, { limit: 1000, after: null });
  return items.find((one) => one.host === host) ?? null;
}

/** A registry with its storage where its image has it. */
async function writeConfig(path: string, notifications: string): Promise<void> {
  const lines = [
    'version: 0.1',
    'log: { level: warn }',
    'storage:',
    '  filesystem: { rootdirectory: /var/lib/registry }',
    '  delete: { enabled: true }',
    'http: { addr: ":5000" }',
  ];
  await writeFile(path, `${lines.join('\n')}\n${notifications}`, { mode: 0o644 }).catch((cause: unknown) => {
    throw new AppError('output_unwritable', { subject: path, cause });
  });
}
