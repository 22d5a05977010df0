import { AppError, errorTable } from '@soupcon/model';
import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import type { ApiDeps } from '../deps.ts';
import { requestScan } from './request-scan.ts';
import { scanAnswer } from './scan-answer.ts';
import { idParams, repository, scan, tagName } from './schemas.ts';

const tags = ['repositories'];
const tagsMax = 1000;

const optedIn = z.object({ repository, scans: z.array(scan).describe('Of the tags that were named.') });
const optedOut = z.object({
  repository,
  cancelled: z.int().describe('Scans that had not begun. Those that run are given up by their workers.'),
});

export function scanningRoutes(app: App, deps: ApiDeps): void {
  for (const add of [optIn, optOut]) add(app, deps);
}

function optIn(app: App, { store }: ApiDeps): void {
  app.put(
    '/v1/repositories/:id/scanning',
    {
      config: { permission: 'repositories:write' },
      schema: {
        summary: 'Opt a repository in',
        description: 'From now on every push to it is scanned. Tags that are named are scanned as they are.',
        tags,
        security: withKey,
        params: idParams,
        body: z.object({ tags: z.array(tagName).max(tagsMax).default([]) }).nullish(),
        response: answers({ 200: optedIn }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      const named = new Set(request.body?.tags ?? []);
      return store.asTenant(organizationOf(request), async (tx) => {
        if (!(await tenant.optIns.begin(tx, id))) unknown(id);
        const scans: z.output<typeof scan>[] = [];
        for (const tag of named) {
          const asked = { repositoryId: id, tag, digest: null, cause: 'opt-in', priority: 0 } as const;
          scans.push(scanAnswer(await requestScan(tx, asked)));
        }
        return { repository: (await tenant.repositories.find(tx, id)) ?? unknown(id), scans };
      });
    },
  );
}

function optOut(app: App, { store }: ApiDeps): void {
  app.delete(
    '/v1/repositories/:id/scanning',
    {
      config: { permission: 'repositories:write' },
      schema: {
        summary: 'Opt a repository out',
        description: 'From now on nothing of it is pulled, scanned or billed. What is known of it stays.',
        tags,
        security: withKey,
        params: idParams,
        response: answers({ 200: optedOut }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      const code = 'repository_not_scanned';
      const reason = { code, text: `${errorTable[code].message}.` };
      return store.asTenant(organizationOf(request), async (tx) => {
        const cancelled = (await tenant.optIns.end(tx, id, reason)) ?? unknown(id);
        return { repository: (await tenant.repositories.find(tx, id)) ?? unknown(id), cancelled };
      });
    },
  );
}

function unknown(id: string): never {
  throw new AppError('not_found', { subject: `repository ${id}` });
}
