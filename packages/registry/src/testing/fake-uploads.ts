import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf } from '@soupcon/model';
import { type FakeRegistry, sendJson, sendRaw } from './fake-registry.ts';
import { blobOf } from './image-builder.ts';

/** Where an upload goes: on another path, with a query that must come back as it is. */
export const uploadPath = '/somewhere/upload/7?_state=a%2Fb%3D~x';

/** Test support: lets a stand-in take what is pushed. For `intercept`. */
export async function takePush(
  fake: FakeRegistry,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  if (request.method === 'POST') {
    const from = url.searchParams.get('from');
    if (from !== null && fake.blobs.has(url.searchParams.get('mount') ?? '')) return sendRaw(response, 201, {});
    return sendRaw(response, 202, { location: uploadPath });
  }
  if (request.method !== 'PUT') return false;
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const bytes = Buffer.concat(chunks);
  const digest = digestOf(bytes);
  const [, tag] = /\/manifests\/(.+)$/.exec(url.pathname) ?? [];
  if (tag === undefined && url.searchParams.get('digest') !== digest) {
    return sendJson(response, 400, { errors: [{ code: 'DIGEST_INVALID', message: 'no' }] });
  }
  const blob = blobOf(request.headers['content-type'] ?? '', bytes);
  fake.blobs.set(digest, blob);
  if (tag !== undefined) fake.tags.set(tag, blob);
  return sendRaw(response, 201, { 'docker-content-digest': digest });
}
