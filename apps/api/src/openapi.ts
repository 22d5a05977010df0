import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { App } from './app-type.ts';

/** The page has all it needs from here, and also works without TLS. */
const pagePolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/** The description of the interface, made from the schemas of the routes: `/docs` for people, `/docs/json` for programs. */
export async function describeInterface(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Soupcon',
        version: '1',
        description:
          'What is in container images, layer by layer, and what is known to be wrong with each part. Errors are ' +
          'problem details (RFC 9457) with a code; lists come in pages: pass `next` as `after`.',
      },
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } } },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      return { schema: { ...schema, 'x-permission': document.route.config?.permission ?? 'public' }, url };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, docExpansion: 'none' },
    staticCSP: true,
    transformStaticCSP: () => pagePolicy,
  });
}
