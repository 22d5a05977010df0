import { AppError } from '@soupcon/model';
import { type TenantTx, tenant } from '@soupcon/store';
import { z } from 'zod';
import { answers, withKey } from '../answers.ts';
import type { App } from '../app-type.ts';
import { organizationOf } from '../authenticate.ts';
import { decodeCursor, encodeCursor, pageOf, pageQuery, timeAnswer, timePlace } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { imageSummary, summaries } from '../images/summary.ts';
import { scanAnswer } from './scan-answer.ts';
import { idParams, instant, repository, scan } from './schemas.ts';

const tags = ['repositories'];

const tag = z
  .object({
    name: z.string(),
    digest: z.string().describe('Of the image or index that it is now.'),
    kind: z.enum(['image', 'index']),
    since: instant,
    images: z.array(imageSummary).describe('One for each platform that was scanned.'),
  })
  .meta({ id: 'Tag' });
const listedTag = tag.extend({ lastScan: scan.nullable() }).meta({ id: 'ListedTag' });
const profile = repository
  .extend({
    reference: z.string().describe('`host/name`.'),
    tags: z.int().describe('How many there are now.'),
    newestTag: tag.nullable().describe('The one that changed last.'),
    lastScan: scan.nullable(),
  })
  .meta({ id: 'RepositoryProfile' });
const heldImage = z
  .object({
    digest: z.string(),
    kind: z.enum(['image', 'index']),
    firstScannedAt: instant,
    lastScannedAt: instant,
    images: z.array(imageSummary),
  })
  .meta({ id: 'HeldImage' });

export function profileRoutes(app: App, deps: ApiDeps): void {
  for (const add of [showProfile, listTags, listImages]) add(app, deps);
}

function showProfile(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/repositories/:id',
    {
      config: { permission: 'repositories:read' },
      schema: {
        summary: 'The profile of a repository',
        tags,
        security: withKey,
        params: idParams,
        response: answers({ 200: profile }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      return store.asTenant(organizationOf(request), async (tx) => {
        const found = await repositoryOf(tx, id);
        const { host } = (await tenant.registries.find(tx, found.registry)) ?? { host: '' };
        const { count, newest } = await tenant.profiles.tagSummary(tx, id);
        const [newestTag = null] = await tagsOf(tx, newest === null ? [] : [newest]);
        const lastScan = await tenant.scans.newest(tx, id);
        const answer = { ...found, reference: `${host}/${found.name}`, tags: count, newestTag };
        return { ...answer, lastScan: lastScan && scanAnswer(lastScan) };
      });
    },
  );
}

function listTags(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/repositories/:id/tags',
    {
      config: { permission: 'repositories:read' },
      schema: {
        summary: 'The tags of a repository as they are now, by name',
        tags,
        security: withKey,
        params: idParams,
        querystring: pageQuery,
        response: answers({ 200: pageOf(listedTag) }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { limit, after } = request.query;
      const behind = decodeCursor(after, z.string());
      return store.asTenant(organizationOf(request), async (tx) => {
        await repositoryOf(tx, id);
        const page = await tenant.profiles.tags(tx, id, { limit, after: behind });
        const names = page.items.map(({ name }) => name);
        const scans = await tenant.profiles.lastScans(tx, id, names);
        const items = (await tagsOf(tx, page.items)).map((one) => {
          const last = scans.get(one.name);
          return { ...one, lastScan: last === undefined ? null : scanAnswer(last) };
        });
        return { items, next: page.more ? encodeCursor(names.at(-1)) : null };
      });
    },
  );
}

function listImages(app: App, { store }: ApiDeps): void {
  app.get(
    '/v1/repositories/:id/images',
    {
      config: { permission: 'repositories:read' },
      schema: {
        summary: 'Images and indexes that a repository has held, in the order in which they came',
        tags,
        security: withKey,
        params: idParams,
        querystring: pageQuery,
        response: answers({ 200: pageOf(heldImage) }, 'request_invalid', 'not_found'),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { limit, after } = request.query;
      const behind = decodeCursor(after, timePlace.extend({ id: z.string() }));
      return store.asTenant(organizationOf(request), async (tx) => {
        await repositoryOf(tx, id);
        const page = await tenant.profiles.held(tx, id, { limit, after: behind });
        const targets = await tenant.images.targets(
          tx,
          page.items.map((one) => one.id),
        );
        const found = await summaries(tx, targets.values());
        const { next } = timeAnswer(page);
        const items = page.items.map((one) => ({
          digest: one.id,
          kind: targets.get(one.id)?.kind ?? 'image',
          firstScannedAt: one.createdAt,
          lastScannedAt: one.lastScannedAt,
          images: found.get(one.id) ?? [],
        }));
        return { items, next };
      });
    },
  );
}

async function tagsOf(tx: TenantTx, rows: readonly tenant.profiles.Tag[]): Promise<z.output<typeof tag>[]> {
  const targets = await tenant.images.targets(tx, [...new Set(rows.map(({ digest }) => digest))]);
  const found = await summaries(tx, targets.values());
  return rows.map(({ name, digest, since }) => ({
    name,
    digest,
    kind: targets.get(digest)?.kind ?? 'image',
    since,
    images: found.get(digest) ?? [],
  }));
}

/** @throws {AppError} `not_found`. */
async function repositoryOf(tx: TenantTx, id: string): Promise<tenant.repositories.Repository> {
  const found = await tenant.repositories.find(tx, id);
  if (found === null) throw new AppError('not_found', { subject: `repository ${id}` });
  return found;
}
