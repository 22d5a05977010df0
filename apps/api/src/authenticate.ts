import { AppError } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hashOfApiKey } from './api-key.ts';
import type { Permission } from './permissions.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must be good for; `public` needs none. */
    readonly permission?: Permission;
  }
  interface FastifyRequest {
    /** Null until it is known whose key it is. */
    caller: Caller | null;
  }
}

/** Who makes a request. */
export interface Caller {
  readonly organizationId: string;
  readonly keyId: string;
}

/**
 * Every request of this scope has to carry a key. Looked up anew each time, so that a revoked one opens nothing.
 * Missing, unknown, expired and revoked are answered alike.
 */
export function requireApiKey(app: FastifyInstance, store: Store): void {
  app.addHook('onRequest', async (request) => {
    const text = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const hash = text === undefined ? null : hashOfApiKey(text);
    const caller = hash === null ? null : await system.keys.find(store.single, hash);
    if (caller === null) throw new AppError('unauthenticated');
    request.caller = caller;
  });
}

/** The organization whose key made the request. */
export function organizationOf({ caller }: FastifyRequest): string {
  if (caller === null) throw new AppError('unauthenticated');
  return caller.organizationId;
}
