import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { chooseImage, targetOf } from '../images/choose.ts';
import { findingOf } from '../images/label-of.ts';
import { finding } from './image-schemas.ts';
import { digestParams, givenInstant, platformQuery } from './schemas.ts';

const tags = ['images'];

const findingsQuery = pageQuery.extend({
  ...platformQuery.shape,
  asOf: givenInstant.optional().describe('Those that held then.'),
});

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
        querystring: findingsQuery,
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
