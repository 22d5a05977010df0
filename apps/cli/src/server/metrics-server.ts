import { AppError } from '@soupcon/model';
import { fastify } from 'fastify';
import type { Registry } from 'prom-client';

/** Says that a worker is there, and how it fares, where no HTTP interface runs beside it. */
export async function serveMetrics(
  registry: Registry,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ close(): Promise<void> }> {
  const app = fastify({ forceCloseConnections: true });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('config_invalid', { subject: `SOUPCON_METRICS_PORT ${port}: ${reason}`, cause });
  }
  return { close: () => app.close() };
}
