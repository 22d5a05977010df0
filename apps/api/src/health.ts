import { AppError } from '@soupcon/model';
import { newestMigration, type Store, system } from '@soupcon/store';
import { z } from 'zod';
import { answers } from './answers.ts';
import type { App } from './app-type.ts';
import type { ApiDeps } from './deps.ts';
import type { Metrics } from './metrics.ts';

const databaseWithinMs = 1000;
const tags = ['operation'];
const status = z.object({ status: z.literal('ok') });

/** What whoever runs the service asks. Nothing of any tenant is in it. */
export function healthRoutes(app: App, deps: ApiDeps, metrics: Metrics): void {
  stateRoutes(app, deps);
  app.get(
    '/metrics',
    {
      config: { permission: 'public', rateLimit: false },
      schema: {
        summary: 'Figures for Prometheus',
        tags,
        security: [],
        response: answers({ 200: z.string().describe('Text format of Prometheus.') }),
      },
    },
    async (_request, reply) =>
      reply
        .type(metrics.registry.contentType)
        .serializer((text) => String(text))
        .send(await metrics.registry.metrics()),
  );
}

function stateRoutes(app: App, deps: ApiDeps): void {
  app.get(
    '/healthz',
    {
      config: { permission: 'public', rateLimit: false },
      schema: { summary: 'Whether the process is up', tags, security: [], response: answers({ 200: status }) },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      config: { permission: 'public', rateLimit: false },
      schema: {
        summary: 'Whether it can serve: the database answers and is of this version',
        tags,
        security: [],
        response: answers({ 200: status }, 'not_ready'),
      },
    },
    async () => {
      const reason = deps.ready?.() ?? (await lackOf(deps.store));
      if (reason !== null) throw new AppError('not_ready', { subject: reason });
      return { status: 'ok' as const };
    },
  );
}

/** What keeps the store from serving; null when nothing does. */
async function lackOf(store: Store): Promise<string | null> {
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, databaseWithinMs, 'late').unref());
  try {
    const applied = await Promise.race([system.schema.appliedMigration(store.single), late]);
    if (applied === 'late') return `the database does not answer within ${databaseWithinMs} ms`;
    const newest = await newestMigration();
    return applied === newest ? null : `the database is at migration ${applied}, this program at ${newest}`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.message;
  }
}
