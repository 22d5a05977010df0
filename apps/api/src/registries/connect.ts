import { randomUUID } from 'node:crypto';
import { Secret } from '@soupcon/model';
import { type Sealer, type Store, tenant } from '@soupcon/store';
import { mintHookToken } from '../api-key.ts';
import { setups } from './setup.ts';

/** What a registry asks for: a name and a password, or a token. The JSON of this is what is sealed. */
export type RegistryCredentials = { readonly username: string; readonly password: string } | { readonly token: string };

export interface NewConnection {
  /** Id of a webhook. */
  readonly provider: string;
  readonly name: string;
  /** `host` or `host:port`. */
  readonly host: string;
  readonly insecure: boolean;
  /** Null is anonymous. */
  readonly credentials: RegistryCredentials | null;
}

/** Where the registry has to send its notifications. The address is secret, and shown once. */
export interface Hook {
  readonly url: string;
  /** What to write into the registry's configuration. */
  readonly setup: string;
}

export interface Connecting {
  readonly store: Store;
  readonly sealer: Sealer;
  publicUrl(): string;
}

/** @throws {AppError} `secret_key_missing` when there are credentials and nothing to seal them with. */
export async function connectRegistry(
  { store, sealer, publicUrl }: Connecting,
  organizationId: string,
  { credentials, ...rest }: NewConnection,
): Promise<{ readonly registry: tenant.registries.Registry; readonly hook: Hook }> {
  const id = randomUUID();
  const { token, hash } = mintHookToken();
  const text = credentials && new Secret(JSON.stringify(credentials));
  const sealed = text && sealer.seal(text, { organizationId, registryId: id });
  const added = { id, ...rest, credentials: sealed, hookTokenHash: hash };
  const registry = await store.asTenant(organizationId, (tx) => tenant.registries.create(tx, added));
  return { registry, hook: hookOf(registry, token, publicUrl()) };
}

/** Gives the registry a new address to notify; the old one is refused from now on. @returns null when there is none. */
export async function rotateHook(
  { store, publicUrl }: Omit<Connecting, 'sealer'>,
  organizationId: string,
  registryId: string,
): Promise<{ readonly registry: tenant.registries.Registry; readonly hook: Hook } | null> {
  const { token, hash } = mintHookToken();
  const registry = await store.asTenant(organizationId, (tx) => tenant.registries.setHookToken(tx, registryId, hash));
  return registry && { registry, hook: hookOf(registry, token, publicUrl()) };
}

function hookOf({ provider, id }: tenant.registries.Registry, token: Secret, publicUrl: string): Hook {
  const url = `${publicUrl}/hooks/${provider}/${id}/${token.reveal()}`;
  return { url, setup: setups[provider]?.(url) ?? '' };
}
