import { renderJson } from '@soupcon/label';
import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import type { ApiDeps } from '../deps.ts';
import { chooseImage, targetOf } from '../images/choose.ts';
import { labelOf } from '../images/label-of.ts';
import { imageSummary, summaries } from '../images/summary.ts';
import { digestParams, platformQuery } from './schemas.ts';

const tags = ['images'];

const image = z
  .object({
    digest: z.string(),
    kind: z.enum(['image', 'index']),
    mediaType: z.string().nullable(),
    tags: z.array(z.string()).describe('References of this digest that hold now, newest first.'),
    images: z.array(imageSummary).describe('The image itself, or those of the index that were scanned, by platform.'),
  })
  .meta({ id: 'Image' });

const label = z.looseObject({ schema: z.literal('soupcon.label/v1') }).meta({ id: 'Label' });

export function imageRoutes(app: App, deps: ApiDeps): void {
  for (const add of [showImage, showLabel]) add(app, deps);
}

function showImage(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/images/:digest',
    {
      config: { permission: 'images:read' },
      schema: {
        summary: 'See an image, or an index and its images',
        tags,
        security: withKey,
        params: digestParams,
        response: answers({ 200: image }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { digest } = request.params;
      return store.asTenant(organizationOf(request), async (tx) => {
        const target = await targetOf(tx, digest);
        const found = await tenant.whereabouts.currentTags(tx, [digest]);
        const { kind, mediaType } = target;
        return {
          digest,
          kind,
          mediaType,
          tags: found.map(({ host, name, tag }) => `${host}/${name}:${tag}`),
          images: (await summaries(tx, [target])).get(digest) ?? [],
        };
      });
    },
  );
}

function showLabel(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/images/:digest/label',
    {
      config: { permission: 'images:read' },
      schema: {
        summary: 'The label of an image',
        description:
          'The document that `soupcon scan --format json` prints. Of an index the platform that is asked for, else ' +
          'linux/amd64, else the first for linux.',
        tags,
        security: withKey,
        params: digestParams,
        querystring: platformQuery,
        response: answers({ 200: label }, 'request_invalid', 'not_found', 'platform_not_found'),
      },
    },
    async (request, reply) => {
      const { digest } = request.params;
      const { platform = null } = request.query;
      const built = await store.asTenant(organizationOf(request), async (tx) =>
        labelOf(tx, chooseImage(await targetOf(tx, digest), platform), digest),
      );
      // As it is rendered everywhere: the same label has the same bytes.
      return reply
        .type('application/json; charset=utf-8')
        .serializer(String)
        .send(renderJson(built) as never);
    },
  );
}
