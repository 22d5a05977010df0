import { severities } from '@soupcon/model';
import { type TenantTx, tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { taggedAs } from '../images/where.ts';

const occurrence = z
  .object({
    digest: z.string().describe('Of the image.'),
    platform: z.string().nullable(),
    package: z.string().describe('purl.'),
    layer: z.int().describe('Index of the layer that introduced the package.'),
    tags: z.array(z.string()).describe('References by which the image is reached now.'),
  })
  .meta({ id: 'Occurrence' });
const affected = occurrence
  .extend({
    state: z.enum(['affected', 'undetermined']),
    severity: z.enum(severities),
    fixedIn: z.string().nullable(),
  })
  .meta({ id: 'AffectedImage' });

const tags = ['search'];
const place = z.object({ digest: z.string(), purl: z.string() });

/** Where is it? Among the images of the organization, by what is known now. */
export function whereaboutsRoutes(app: App, deps: ApiDeps): void {
  for (const add of [imagesWithVulnerability, imagesWithPackage]) add(app, deps);
}

function imagesWithVulnerability(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/vulnerabilities/:id/images',
    {
      config: { permission: 'images:read' },
      schema: {
        summary: 'Images in which a vulnerability is, by any of its names',
        tags,
        security: withKey,
        params: z.object({ id: z.string().min(1).max(200) }),
        querystring: pageQuery,
        response: answers({ 200: pageOf(affected) }, 'request_invalid'),
      },
    },
    async (request) => {
      const { limit, after } = request.query;
      const page = { limit, after: decodeCursor(after, place) };
      return store.asTenant(organizationOf(request), async (tx) => {
        const found = await tenant.whereabouts.ofVulnerability(tx, request.params.id, page);
        const items = await told(tx, found.items);
        const judged = items.map((item, index) => {
          const { state = 'undetermined', severity = 'unknown', fixedIn = null } = found.items[index]?.finding ?? {};
          return { ...item, state, severity, fixedIn };
        });
        return { items: judged, next: nextOf(found) };
      });
    },
  );
}

function imagesWithPackage(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/packages',
    {
      config: { permission: 'images:read' },
      schema: {
        summary: 'Images in which a package is',
        tags,
        security: withKey,
        querystring: pageQuery.extend({ purl: z.string().min(1).max(2000).describe('Exactly, with its version.') }),
        response: answers({ 200: pageOf(occurrence) }, 'request_invalid'),
      },
    },
    async (request) => {
      const { limit, after, purl } = request.query;
      const page = { limit, after: decodeCursor(after, place) };
      return store.asTenant(organizationOf(request), async (tx) => {
        const found = await tenant.whereabouts.ofPackage(tx, purl, page);
        return { items: await told(tx, found.items), next: nextOf(found) };
      });
    },
  );
}

async function told(tx: TenantTx, rows: readonly tenant.whereabouts.Occurrence[]) {
  const tagged = await taggedAs(tx, rows);
  return rows.map(({ imageId, digest, platform, purl, introducedIn }) => ({
    digest,
    platform,
    package: purl,
    layer: introducedIn,
    tags: tagged.get(imageId) ?? [],
  }));
}

function nextOf({ items, more }: { readonly items: readonly tenant.whereabouts.Occurrence[]; readonly more: boolean }) {
  const last = items.at(-1);
  return more && last !== undefined ? encodeCursor({ digest: last.digest, purl: last.purl }) : null;
}
