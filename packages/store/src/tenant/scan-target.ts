import type { TenantTx } from '../tx.ts';

/** Where the images of a repository are pulled from, and with what. */
export interface ScanTarget {
  readonly registryId: string;
  /** `host` or `host:port`. */
  readonly host: string;
  readonly insecure: boolean;
  /** Sealed; null is anonymous. */
  readonly credentials: Buffer | null;
  /** Without the host. */
  readonly name: string;
  /** Opted in. */
  readonly scanning: boolean;
}

/** @returns null when the organization has no such repository. */
export async function scanTarget(tx: TenantTx, repositoryId: string): Promise<ScanTarget | null> {
  const [row] = await tx.query<ScanTarget & Record<string, unknown>>({
    text: `select g.id as "registryId", g.host, g.insecure, g.credentials, r.name, r.scanning
      from tenant.repositories r join tenant.registries g on g.id = r.registry_id where r.id = $1`,
    values: [repositoryId],
  });
  return row ?? null;
}
