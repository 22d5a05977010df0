import type { App } from './app-type.ts';
import { loggedPath } from './logging.ts';
import type { Metrics } from './metrics.ts';

/** One line and one figure for each request, when it is answered; its id is in the answer, too. */
export function noteRequests(app: App, metrics: Metrics): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url, caller, routeOptions } = request;
    const { statusCode: status, elapsedTime } = reply;
    metrics.request({ method, route: routeOptions.url ?? 'unknown', status }, elapsedTime / 1000);
    const organization = caller === null ? {} : { organizationId: caller.organizationId };
    const durationMs = Math.round(elapsedTime * 10) / 10;
    request.log.info({ method, path: loggedPath(url), status, durationMs, ...organization }, 'request done');
  });
}
