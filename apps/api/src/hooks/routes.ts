import { AppError } from '@soupcon/model';
import { type RegistryWebhook, webhooks } from '@soupcon/registry';
import { z } from 'zod';
import { answers } from '../answers.ts';
import { sha256 } from '../api-key.ts';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../deps.ts';
import type { Metrics } from '../metrics.ts';
import { AfterHooks } from './after.ts';
import { Intake } from './intake.ts';
import { readDelivery } from './read-delivery.ts';

/** Larger ones are refused before they are read: a notification is a few kilobytes. */
const bodyBytesMax = 1024 * 1024;
const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const nothing = new Uint8Array();

const receipt = z
  .object({
    accepted: z.int().describe('Events that had not come before.'),
    duplicates: z.int(),
    scans: z.int().describe('Events that led to a scan or joined one.'),
    ignored: z.array(z.object({ reason: z.string(), count: z.int() })),
  })
  .meta({ id: 'HookReceipt' });

const schema = {
  summary: 'Take in what a registry says was pushed',
  description:
    'The address is shown when a registry is connected. Answers 202 also for what it ignores, and for what it ' +
    'cannot understand: a registry that is refused sends the same again.',
  tags: ['hooks'],
  security: [],
  params: z.object({ provider: z.string(), connectionId: z.string(), token: z.string() }),
  body: z.unknown().describe('As the registry sends it.'),
  response: answers({ 202: receipt }, 'not_found', 'body_too_large', 'media_type_unsupported'),
};

/** No registry reads how many more it may send. */
const quiet = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };

/** Where registries tell about pushes. Bodies are taken as they come: JSON is what the adapter says it is. */
export function hookRoutes(app: App, deps: ApiDeps, metrics: Metrics): void {
  const intake = new Intake(deps.store);
  const after = new AfterHooks(deps.store, deps.logger);
  app.addHook('onClose', () => after.idle());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post(
    '/hooks/:provider/:connectionId/:token',
    {
      bodyLimit: bodyBytesMax,
      helmet: false, // No browser sees the answer.
      // What comes in are texts, which every address has, and bytes that the adapter reads; what goes out is made here.
      validatorCompiler: () => () => true,
      serializerCompiler: () => JSON.stringify,
      config: {
        permission: 'hook-token',
        rateLimit: {
          max: deps.rateLimit.hooks,
          addHeaders: quiet,
          keyGenerator: ({ params }) => `hook ${(params as { connectionId: string }).connectionId}`,
        },
      },
      schema,
    },
    async (request, reply) => {
      const { provider, connectionId, token } = request.params;
      const webhook = webhooks.find(({ id }) => id === provider);
      if (webhook === undefined) throw new AppError('not_found', { subject: `provider ${provider.slice(0, 50)}` });
      const body = request.body instanceof Uint8Array ? request.body : nothing;
      const delivery = { body, contentType: request.headers['content-type'] };
      const answer = await receive(intake, metrics, webhook, { connectionId, token, ...delivery });
      after.heard(connectionId, answer.scans);
      return reply.code(202).send(answer);
    },
  );
}

interface Delivery {
  readonly connectionId: string;
  readonly token: string;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
}

/** @throws {AppError} `unauthenticated` for an unknown connection and for a wrong token alike. */
async function receive(intake: Intake, metrics: Metrics, webhook: RegistryWebhook, delivery: Delivery) {
  const { connectionId, token } = delivery;
  if (!uuidPattern.test(connectionId)) throw new AppError('unauthenticated');
  const { events, ignored, isForeign } = readDelivery(webhook, { ...delivery, receivedAt: new Date() });
  const outcome = await intake.take({
    registryId: connectionId,
    provider: webhook.id,
    tokenHash: sha256(token),
    events,
  });
  if (outcome === null) throw new AppError('unauthenticated');
  const { accepted, scans } = outcome;
  const duplicates = events.length - accepted;
  metrics.hookEvents(webhook.id, { scan: scans, 'not-opted-in': accepted - scans, duplicate: duplicates });
  for (const { reason, count } of ignored) metrics.hookEvents(webhook.id, { [reason]: count });
  if (isForeign) throw new AppError('media_type_unsupported');
  return { accepted, duplicates, scans, ignored: [...ignored] };
}
