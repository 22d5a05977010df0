import { AppError } from '@soupcon/model';
import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import { mintApiKey } from '../api-key.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { pageOf, pageQuery, timeAnswer, timePage } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { givenInstant, idParams, instant } from './schemas.ts';

const apiKey = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().describe('Its first characters, to tell keys apart.'),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    lastUsedAt: instant.nullable().describe('To the minute or so.'),
  })
  .meta({ id: 'ApiKey' });
const createdKey = apiKey
  .extend({ key: z.string().describe('The key itself, shown this once.') })
  .meta({ id: 'CreatedApiKey' });
const newKey = z.object({
  name: z.string().trim().min(1).max(200),
  expiresAt: givenInstant.optional(),
});

const tags = ['keys'];

export function keyRoutes(app: App, deps: ApiDeps): void {
  for (const add of [listKeys, createKey, revokeKey]) add(app, deps);
}

function listKeys(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/keys',
    {
      config: { permission: 'keys:read' },
      schema: {
        summary: 'List API keys, oldest first',
        tags,
        security: withKey,
        querystring: pageQuery,
        response: answers({ 200: pageOf(apiKey) }, 'request_invalid'),
      },
    },
    async (request) => {
      const page = timePage(request.query);
      return timeAnswer(await store.asTenant(organizationOf(request), (tx) => tenant.keys.list(tx, page)));
    },
  );
}

function createKey(app: App, { store }: ApiDeps): void {
  app.post(
    '/v1/keys',
    {
      config: { permission: 'keys:write' },
      schema: {
        summary: 'Create an API key',
        tags,
        security: withKey,
        body: newKey,
        response: answers({ 201: createdKey }, 'request_invalid'),
      },
    },
    async (request, reply) => {
      const { name, expiresAt = null } = request.body;
      const { key, prefix, hash } = mintApiKey();
      const added = { name, prefix, hash, expiresAt };
      const row = await store.asTenant(organizationOf(request), (tx) => tenant.keys.create(tx, added));
      return reply.code(201).send({ ...row, key: key.reveal() });
    },
  );
}

function revokeKey(app: App, { store }: ApiDeps): void {
  app.delete(
    '/v1/keys/:id',
    {
      config: { permission: 'keys:write' },
      schema: {
        summary: 'Revoke an API key, from the next request on',
        tags,
        security: withKey,
        params: idParams,
        response: answers({ 204: z.null().describe('It opens nothing any more.') }, 'request_invalid', 'not_found'),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const isThere = await store.asTenant(organizationOf(request), (tx) => tenant.keys.revoke(tx, id));
      if (!isThere) throw new AppError('not_found', { subject: `key ${id}` });
      return reply.code(204).send(null);
    },
  );
}
