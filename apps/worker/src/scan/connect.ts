import type { Logger } from '@soupcon/model';
import type { Net } from '@soupcon/net';
import { createRegistryClient, createTokenCache, readCredential } from '@soupcon/registry';
import type { Sealer, tenant } from '@soupcon/store';
import type { Connection } from './runner.ts';

/**
 * Registries that serve everybody the same: what they give without credentials is public. A registry inside a company
 * may ask for no credentials either, so it is not enough that none were given.
 */
export const publicRegistries = [
  'docker.io',
  'gcr.io',
  'ghcr.io',
  'mcr.microsoft.com',
  'public.ecr.aws',
  'quay.io',
  'registry.gitlab.com',
  'registry.k8s.io',
] as const;

export interface ConnectOptions {
  readonly net: Net;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

/** Speaks to an organization's registry with the credentials that it gave for it, and for no other host. */
export function createConnect({ net, sealer, logger }: ConnectOptions) {
  const tokens = createTokenCache();
  return (target: tenant.scanTargets.ScanTarget, organizationId: string): Connection => {
    const { host, insecure, credentials, registryId } = target;
    const sealed = credentials === null ? null : sealer.open(credentials, { organizationId, registryId });
    const credential = sealed && readCredential(sealed, registryId);
    const client = createRegistryClient({
      net,
      tokens,
      logger,
      credentials: async (registry) => (registry === host ? credential : null),
      insecure: insecure ? [host] : [],
    });
    const isPublic = credential === null && publicRegistries.some((known) => known === host);
    return { client, isPublic };
  };
}
