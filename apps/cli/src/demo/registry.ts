import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@soupcon/model';
import { isRepositoryName } from '@soupcon/registry';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { refuse } from './registry-answers.ts';
import { appendUpload, beginUpload, finishUpload, getBlob, uploadState } from './registry-blobs.ts';
import { RegistryContent } from './registry-content.ts';
import { getManifest, putManifest } from './registry-manifests.ts';
import { createNotices, type RegistryNotices } from './registry-notices.ts';
import { getTags } from './registry-tags.ts';
import { RegistryUploads } from './registry-uploads.ts';

const blobBytesMax = 2 * 1024 ** 3;

export interface DemoRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Ends it and removes what it kept. */
  close(): Promise<void>;
}

/**
 * A small registry for the occasion, where none is installed: pushes and pulls by the distribution protocol, tags, and
 * notices of manifests that are put. Only this machine reaches it, it knows no users, and what it keeps is gone with it.
 * @param notify where notices go, asked for each of them; null tells nobody.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export async function startDemoRegistry(options: { notify: () => URL | null; logger: Logger }): Promise<DemoRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'soupcon-registry-'));
  const notices = createNotices(options);
  const content = new RegistryContent(directory);
  const app = createApp({ content, uploads: new RegistryUploads(directory, blobBytesMax), notices }, options.logger);
  const close = async () => {
    await app.close();
    await notices.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    return { host: url.host, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Rooms {
  readonly content: RegistryContent;
  readonly uploads: RegistryUploads;
  readonly notices: RegistryNotices;
}

function createApp(rooms: Rooms, logger: Logger): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  // Bodies are read as they come: a layer is not held in memory.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.addHook('onResponse', async ({ method, url }, { statusCode }) => {
    logger.debug({ method, url, status: statusCode }, 'registry request done');
  });
  app.setErrorHandler((error, _request, reply) => {
    logger.error({ error: String(error) }, 'registry request failed');
    return refuse(reply, 'UNKNOWN');
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 'UNSUPPORTED'));
  app.all('/v2/', async (_request, reply) => reply.type('application/json').send('{}'));
  app.all('/v2/*', async (request, reply) => answer(rooms, request, reply));
  return app;
}

/** Repository names hold slashes, so the rest of the path is taken apart from its end. */
async function answer(rooms: Rooms, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [path = ''] = request.url.split('?');
  const [, repository = '', kind = '', encoded = ''] =
    /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags)\/([^/]*)$/.exec(path) ?? [];
  if (!isRepositoryName(repository)) return refuse(reply, kind === '' ? 'UNSUPPORTED' : 'NAME_INVALID');
  const last = encoded.replace(/%3a/i, ':'); // As the colon of a digest may be written.
  const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${kind}`;
  switch (route) {
    case 'GET tags':
      return last === 'list' ? getTags(rooms.content, repository, request, reply) : refuse(reply, 'UNSUPPORTED');
    case 'GET manifests':
      return getManifest(rooms.content, repository, last, request, reply);
    case 'PUT manifests':
      return putManifest(rooms, repository, last, request, reply);
    case 'GET blobs':
      return getBlob(rooms, repository, last, request, reply);
    case 'POST blobs/uploads':
      return last === '' ? beginUpload(rooms, repository, request, reply) : refuse(reply, 'UNSUPPORTED');
    case 'PATCH blobs/uploads':
      return appendUpload(rooms, repository, last, request, reply);
    case 'PUT blobs/uploads':
      return finishUpload(rooms, repository, last, request, reply);
    case 'GET blobs/uploads':
      return uploadState(rooms, repository, last, reply);
    default:
      return refuse(reply, 'UNSUPPORTED');
  }
}
