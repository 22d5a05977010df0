import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { chooseImage, targetOf } from '../images/choose.ts';
import { contentsLabel, findingOf } from '../images/label-of.ts';
import { finding, layer, packageOf } from './image-schemas.ts';
import { digestParams, platformQuery } from './schemas.ts';

const tags = ['images'];
const imagePage = pageQuery.extend(platformQuery.shape);

export function imageListRoutes(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/images/:digest/packages',
    {
      config: { permission: 'images:read' },
      schema: {
        summary: 'The packages of an image, by purl',
        tags,
        security: withKey,
        params: digestParams,
        querystring: imagePage,
        response: answers({ 200: pageOf(packageOf) }, 'request_invalid', 'not_found', 'platform_not_found'),
      },
    },
    async (request) => {
      const { packages } = await contents(organizationOf(request), request.params.digest, request.query.platform);
      return positionPage(packages, request.query);
    },
  );
  app.get(
    '/v1/images/:digest/layers',
    {
      config: { permission: 'images:read' },
      schema: {
        summary: 'The layers of an image, base first',
        tags,
        security: withKey,
        params: digestParams,
        querystring: imagePage,
        response: answers({ 200: pageOf(layer) }, 'request_invalid', 'not_found', 'platform_not_found'),
      },
    },
    async (request) => {
      const { layers } = await contents(organizationOf(request), request.params.digest, request.query.platform);
      return positionPage(layers, request.query);
    },
  );

  function contents(organizationId: string, digest: string, platform: string | undefined) {
    return store.asTenant(organizationId, async (tx) =>
      contentsLabel(tx, chooseImage(await targetOf(tx, digest), platform ?? null)),
    );
  }
}

/** A part of a list that is the same every time. */
function positionPage<Item>(all: readonly Item[], { limit, after }: z.output<typeof pageQuery>) {
  const start = decodeCursor(after, z.int().min(0)) ?? 0;
  const end = start + limit;
  return { items: all.slice(start, end), next: end < all.length ? encodeCursor(end) : null };
}

const findingPlace = z.object({ purl: z.string(), flaw: z.string() });

export function findingRoutes(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/images/:digest/findings',
    {
      config: { permission: 'images:read' },
      schema: {
        summary: 'What is known against an image, now or at an instant',
        tags,
        security: withKey,
        params: digestParams,
        querystring: imagePage.extend({
          asOf: z.iso.datetime({ offset: true }).optional().describe('Those that held then.'),
        }),
        response: answers({ 200: pageOf(finding) }, 'request_invalid', 'not_found', 'platform_not_found'),
      },
    },
    async (request) => {
      const { digest } = request.params;
      const { platform = null, asOf = null, limit, after } = request.query;
      const place = decodeCursor(after, findingPlace);
      const { items, more } = await store.asTenant(organizationOf(request), async (tx) => {
        const { id } = chooseImage(await targetOf(tx, digest), platform);
        return tenant.findings.page(tx, { imageId: id, asOf, limit, after: place });
      });
      const last = items.at(-1);
      const next = more && last !== undefined ? encodeCursor({ purl: last.purl, flaw: last.finding.id }) : null;
      return { items: items.map((row) => ({ ...findingOf(row), since: row.since, until: row.until })), next };
    },
  );
}
