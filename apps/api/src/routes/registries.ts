import { AppError } from '@soupcon/model';
import { webhooks } from '@soupcon/registry';
import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { pageOf, pageQuery, timeAnswer, timePage } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { invalid } from '../problem.ts';
import { connectRegistry, rotateHook } from '../registries/connect.ts';
import { readPlace } from '../registries/host.ts';
import { idParams, instant } from './schemas.ts';

const registry = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    name: z.string(),
    host: z.string().describe('`host` or `host:port`.'),
    insecure: z.boolean().describe('It is spoken to without TLS.'),
    hasCredentials: z.boolean(),
    createdAt: instant,
    lastEventAt: instant.nullable().describe('When it last notified us, to ten seconds or so.'),
  })
  .meta({ id: 'Registry' });
const hook = z.object({
  url: z.string().describe('Where the registry has to send its notifications. Secret, and shown this once.'),
  setup: z.string().describe("What to write into the registry's configuration."),
});
const connected = z.object({ registry, hook }).meta({ id: 'ConnectedRegistry' });

const secretText = z.string().min(1).max(8192);
const newRegistry = z.object({
  provider: z.enum(webhooks.map(({ id }) => id) as [string, ...string[]]),
  name: z.string().trim().min(1).max(200),
  host: z.string().max(260).optional().describe('`host` or `host:port`, as in the name of an image.'),
  url: z.string().max(300).optional().describe('Instead of `host`: `http://host:port` or `https://host`.'),
  insecure: z.boolean().default(false).describe('Speak to it without TLS.'),
  credentials: z
    .union([
      z.strictObject({ username: z.string().min(1).max(300), password: secretText }),
      z.strictObject({ token: secretText }),
    ])
    .optional(),
});

const tags = ['registries'];

export function registryRoutes(app: App, deps: ApiDeps): void {
  for (const add of [listRegistries, showRegistry, connect, rotateHookToken, disconnect]) add(app, deps);
}

function listRegistries(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/registries',
    {
      config: { permission: 'registries:read' },
      schema: {
        summary: 'List connections to registries, oldest first',
        tags,
        security: withKey,
        querystring: pageQuery,
        response: answers({ 200: pageOf(registry) }, 'request_invalid'),
      },
    },
    async (request) => {
      const page = timePage(request.query);
      return timeAnswer(await store.asTenant(organizationOf(request), (tx) => tenant.registries.list(tx, page)));
    },
  );
}

function showRegistry(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/registries/:id',
    {
      config: { permission: 'registries:read' },
      schema: {
        summary: 'See a connection to a registry',
        tags,
        security: withKey,
        params: idParams,
        response: answers({ 200: registry }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = await store.asTenant(organizationOf(request), (tx) => tenant.registries.find(tx, id));
      return found ?? unknown(id);
    },
  );
}

function connect(app: App, deps: ApiDeps): void {
  app.post(
    '/v1/registries',
    {
      config: { permission: 'registries:write' },
      schema: {
        summary: 'Connect a registry',
        description: 'Credentials are sealed. The answer has the address that the registry must notify.',
        tags,
        security: withKey,
        body: newRegistry,
        response: answers({ 201: connected }, 'request_invalid', 'secret_key_missing'),
      },
    },
    async (request, reply) => {
      const { provider, name, credentials = null, ...where } = request.body;
      const added = { provider, name, credentials, ...placeOf(where) };
      return reply.code(201).send(await connectRegistry(deps, organizationOf(request), added));
    },
  );
}

function rotateHookToken(app: App, deps: ApiDeps): void {
  app.post(
    '/v1/registries/:id/hook-token',
    {
      config: { permission: 'registries:write' },
      schema: {
        summary: 'Give a registry a new address to notify',
        description: 'The old address is refused from now on.',
        tags,
        security: withKey,
        params: idParams,
        response: answers({ 200: connected }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      return (await rotateHook(deps, organizationOf(request), id)) ?? unknown(id);
    },
  );
}

function disconnect(app: App, deps: ApiDeps): void {
  app.delete(
    '/v1/registries/:id',
    {
      config: { permission: 'registries:write' },
      schema: {
        summary: 'Disconnect a registry',
        description: 'With its repositories, their scans and what was found in them.',
        tags,
        security: withKey,
        params: idParams,
        response: answers({ 204: z.null().describe('It is gone.') }, 'request_invalid', 'not_found'),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const wasThere = await deps.store.asTenant(organizationOf(request), (tx) => tenant.registries.remove(tx, id));
      return wasThere ? reply.code(204).send(null) : unknown(id);
    },
  );
}

/** @throws {AppError} `request_invalid` unless there is one of host and url, and it is one. */
function placeOf({ host, url, insecure }: { host?: string | undefined; url?: string | undefined; insecure: boolean }) {
  if ((host === undefined) === (url === undefined))
    throw invalid([{ field: 'body.host', message: 'give either host or url' }]);
  const [field, text] = host === undefined ? ['body.url', url ?? ''] : ['body.host', host];
  const place = readPlace(text, insecure);
  if (place === null) {
    throw invalid([
      { field, message: 'is not a host as it stands in the name of an image: a single word needs its port' },
    ]);
  }
  return place;
}

function unknown(id: string): never {
  throw new AppError('not_found', { subject: `registry ${id}` });
}
