import { AppError } from '@soupcon/model';
import { parseReference } from '@soupcon/registry';
import { tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { pageOf, pageQuery, timeAnswer, timePage } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { repository } from './schemas.ts';

const tags = ['repositories'];

/** As the path of a reference; the host before it is the registry's. */
const repositoryName = z.string().max(255).refine(isRepositoryName, 'is not a path of lower-case words');

export function repositoryRoutes(app: App, deps: ApiDeps): void {
  for (const add of [listRepositories, addRepository]) add(app, deps);
}

function listRepositories(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/repositories',
    {
      config: { permission: 'repositories:read' },
      schema: {
        summary: 'List repositories, oldest first',
        tags,
        security: withKey,
        querystring: pageQuery.extend({ registry: z.uuid().optional(), name: z.string().max(255).optional() }),
        response: answers({ 200: pageOf(repository) }, 'request_invalid'),
      },
    },
    async (request) => {
      const { registry = null, name = null } = request.query;
      const page = timePage(request.query);
      const filter = { registry, name };
      const found = await store.asTenant(organizationOf(request), (tx) => tenant.repositories.list(tx, filter, page));
      return timeAnswer(found);
    },
  );
}

function addRepository(app: App, { store }: ApiDeps): void {
  app.post(
    '/v1/repositories',
    {
      config: { permission: 'repositories:write' },
      schema: {
        summary: 'Add a repository',
        description:
          'Answers 200 with what is there when it was added before. Nothing is scanned until it is opted in.',
        tags,
        security: withKey,
        body: z.object({ registry: z.uuid(), name: repositoryName }),
        response: answers({ 200: repository, 201: repository }, 'request_invalid', 'not_found'),
      },
    },
    async (request, reply) => {
      const added = await store.asTenant(organizationOf(request), (tx) => tenant.repositories.ensure(tx, request.body));
      if (added === null) throw new AppError('not_found', { subject: `registry ${request.body.registry}` });
      return reply.code(added.isNew ? 201 : 200).send(added.repository);
    },
  );
}

function isRepositoryName(name: string): boolean {
  try {
    return parseReference(`registry.example/${name}`).repository === name;
  } catch {
    return false; // `reference_malformed`: that is what was asked.
  }
}
