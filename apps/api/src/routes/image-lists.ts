import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { chooseImage, targetOf } from '../images/choose.ts';
import { contentsLabel } from '../images/label-of.ts';
import { layer, packageOf } from './image-schemas.ts';
import { digestParams, platformQuery } from './schemas.ts';

const tags = ['images'];
const imagePage = pageQuery.extend(platformQuery.shape);

export function imageListRoutes(app: App, deps: ApiDeps): void {
  for (const add of [listPackages, listLayers]) add(app, deps);
}

function listPackages(app: App, deps: ApiDeps): void {
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
      const { packages } = await contents(deps, {
        organizationId: organizationOf(request),
        ...request.params,
        ...request.query,
      });
      return positionPage(packages, request.query);
    },
  );
}

function listLayers(app: App, deps: ApiDeps): void {
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
      const { layers } = await contents(deps, {
        organizationId: organizationOf(request),
        ...request.params,
        ...request.query,
      });
      return positionPage(layers, request.query);
    },
  );
}

interface Asked {
  readonly organizationId: string;
  readonly digest: string;
  readonly platform?: string | undefined;
}

function contents({ store }: ApiDeps, { organizationId, digest, platform = '' }: Asked) {
  return store.asTenant(organizationId, async (tx) =>
    contentsLabel(tx, chooseImage(await targetOf(tx, digest), platform || null)),
  );
}

/** A part of a list that is the same every time. */
function positionPage<Item>(all: readonly Item[], { limit, after }: z.output<typeof pageQuery>) {
  const start = decodeCursor(after, z.int().min(0)) ?? 0;
  const end = start + limit;
  return { items: all.slice(start, end), next: end < all.length ? encodeCursor(end) : null };
}
