import type { Sealer, Store } from '@soupcon/store';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';

/** What the routes work with; whoever composes the process gives it. */
export interface ApiDeps {
  readonly store: Store;
  /** Seals the credentials of registries; one that refuses where there is no key. */
  readonly sealer: Sealer;
  readonly logger: Logger;
  /** Where registries reach this server, without a slash at the end. Asked for when it is shown, not before. */
  publicUrl(): string;
  /** Requests a minute, of one API key or address and of one registry. */
  readonly rateLimit: { readonly api: number; readonly hooks: number };
  /** Why the process cannot serve yet beyond what the database says; null when it can. */
  ready?(): string | null;
  /** Where figures are kept; one of its own when there is none. */
  readonly metrics?: Registry;
}
