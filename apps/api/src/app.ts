import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { AppError } from '@soupcon/model';
import { type FastifyBaseLogger, type FastifyRequest, fastify, LogController, type RouteOptions } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { App } from './app-type.ts';
import { requireApiKey } from './authenticate.ts';
import type { ApiDeps } from './deps.ts';
import { answerEarly, handleErrors } from './errors.ts';
import { healthRoutes } from './health.ts';
import { hookRoutes } from './hooks/routes.ts';
import { createMetrics } from './metrics.ts';
import { noteRequests } from './note-requests.ts';
import { describeInterface } from './openapi.ts';
import { findingRoutes } from './routes/findings.ts';
import { imageListRoutes } from './routes/image-lists.ts';
import { imageRoutes } from './routes/images.ts';
import { keyRoutes } from './routes/keys.ts';
import { profileRoutes } from './routes/profiles.ts';
import { registryRoutes } from './routes/registries.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import { scanningRoutes } from './routes/scanning.ts';
import { scanRoutes } from './routes/scans.ts';
import { whereaboutsRoutes } from './routes/whereabouts.ts';

const bodyBytesMax = 256 * 1024;
const [requestMs, keepAliveMs] = [30_000, 72_000];
/** The longest that stands in an address is the token of a hook; ids of vulnerabilities are shorter. */
const parameterCharactersMax = 300;

/**
 * Every route, ready for `inject` or `listen`. Opens nothing by itself.
 * @param onRoute told of every route as it is added: tests walk them.
 */
export async function buildApp(deps: ApiDeps, onRoute?: (route: RouteOptions) => void): Promise<App> {
  const app: App = fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    // `noteRequests` writes its own lines, without the secrets of addresses.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    routerOptions: { maxParamLength: parameterCharactersMax },
    forceCloseConnections: 'idle',
    frameworkErrors: answerEarly,
  });
  if (onRoute !== undefined) app.addHook('onRoute', onRoute);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', null);
  const metrics = createMetrics(deps.store, deps.metrics);
  handleErrors(app);
  noteRequests(app, metrics);
  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false } });
  await app.register(rateLimit, {
    max: deps.rateLimit.api,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: (request: FastifyRequest) => request.headers.authorization ?? request.ip,
    errorResponseBuilder: () => new AppError('too_many_requests'),
  });
  await describeInterface(app);
  await app.register(scope((inner) => healthRoutes(inner, deps, metrics)));
  await app.register(scope((inner) => hookRoutes(inner, deps, metrics)));
  await app.register(
    scope((inner) => {
      requireApiKey(inner, deps.store);
      for (const add of withKey) add(inner, deps);
    }),
  );
  return app;
}

const withKey = [
  keyRoutes,
  registryRoutes,
  repositoryRoutes,
  profileRoutes,
  scanningRoutes,
  scanRoutes,
  imageRoutes,
  imageListRoutes,
  findingRoutes,
  whereaboutsRoutes,
];

/** Routes whose hooks and parsers are theirs alone. */
function scope(add: (inner: App) => void) {
  return (inner: App, _options: unknown, done: () => void) => {
    add(inner);
    done();
  };
}
