import { AppError, scanStates } from '@soupcon/model';
import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { pageOf, pageQuery, timeAnswer, timePage } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { requestScan } from './request-scan.ts';
import { scanAnswer } from './scan-answer.ts';
import { digest, idParams, scan, tagName } from './schemas.ts';

const tags = ['scans'];

const newScan = z
  .object({
    repository: z.uuid(),
    tag: tagName.optional(),
    digest: digest.optional(),
    priority: z.int().min(-100).max(100).default(0).describe('Higher is sooner, among your own.'),
  })
  .refine(({ tag, digest: named }) => (tag === undefined) !== (named === undefined), {
    message: 'give either tag or digest',
  });

export function scanRoutes(app: App, deps: ApiDeps): void {
  for (const add of [askForScan, followScan, listScans]) add(app, deps);
}

function askForScan(app: App, { store }: ApiDeps): void {
  app.post(
    '/v1/scans',
    {
      config: { permission: 'scans:write' },
      schema: {
        summary: 'Ask for a scan',
        description: 'A scan of the same thing that has not ended is joined.',
        tags,
        security: withKey,
        body: newScan,
        response: answers({ 202: scan }, 'request_invalid', 'not_found', 'repository_not_scanned'),
      },
    },
    async (request, reply) => {
      const { repository, tag = null, digest: named = null, priority } = request.body;
      const asked = { repositoryId: repository, tag, digest: named, cause: 'manual', priority } as const;
      const row = await store.asTenant(organizationOf(request), (tx) => requestScan(tx, asked));
      request.log.info({ scanId: row.id }, 'scan requested');
      return reply.code(202).send(scanAnswer(row));
    },
  );
}

function followScan(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/scans/:id',
    {
      config: { permission: 'scans:read' },
      schema: {
        summary: 'Follow a scan',
        tags,
        security: withKey,
        params: idParams,
        response: answers({ 200: scan }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      const row = await store.asTenant(organizationOf(request), (tx) => tenant.scans.find(tx, id));
      if (row === null) throw new AppError('not_found', { subject: `scan ${id}` });
      return scanAnswer(row);
    },
  );
}

function listScans(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/scans',
    {
      config: { permission: 'scans:read' },
      schema: {
        summary: 'List scans, newest first',
        tags,
        security: withKey,
        querystring: pageQuery.extend({ state: z.enum(scanStates).optional(), repository: z.uuid().optional() }),
        response: answers({ 200: pageOf(scan) }, 'request_invalid'),
      },
    },
    async (request) => {
      const { state = null, repository = null } = request.query;
      const page = timePage(request.query);
      const filter = { state, repository };
      const found = await store.asTenant(organizationOf(request), (tx) => tenant.scans.list(tx, filter, page));
      return timeAnswer({ items: found.items.map(scanAnswer), more: found.more });
    },
  );
}
