import { type Digest, digestOf, isDigest } from '@soupcon/model';
import { isTag } from '@soupcon/registry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from './registry-answers.ts';
import type { KeptManifest, RegistryContent } from './registry-content.ts';
import type { RegistryNotices } from './registry-notices.ts';

const manifestBytesMax = 4 * 1024 * 1024;

export function getManifest(
  content: RegistryContent,
  repository: string,
  reference: string,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (!content.has(repository)) return refuse(reply, 'NAME_UNKNOWN', { name: repository });
  const manifest = content.manifest(repository, reference);
  if (manifest === null) return refuse(reply, 'MANIFEST_UNKNOWN', { name: repository, reference });
  const { digest, mediaType, bytes } = manifest;
  void reply.headers({
    'content-type': mediaType,
    'content-length': bytes.byteLength,
    'docker-content-digest': digest,
  });
  return reply.send(request.method === 'HEAD' ? undefined : bytes);
}

/** Takes a manifest whose parts are there, and tells of it. */
export async function putManifest(
  { content, notices }: { content: RegistryContent; notices: RegistryNotices },
  repository: string,
  reference: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const bytes = await readWhole(request.body as AsyncIterable<Uint8Array>);
  if (bytes === null) return refuse(reply, 'SIZE_INVALID');
  const tag = isDigest(reference) ? null : reference;
  if (tag !== null && !isTag(tag)) return refuse(reply, 'TAG_INVALID');
  const digest = digestOf(bytes);
  if (tag === null && reference !== digest) return refuse(reply, 'DIGEST_INVALID', { digest });
  const wrong = refusalOf(bytes, content, repository);
  if (wrong !== null) return refuse(reply, wrong);
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() || 'application/octet-stream';
  const manifest: KeptManifest = { digest, mediaType, bytes };
  content.putManifest(repository, manifest, tag);
  const { 'user-agent': useragent = '', host = '' } = request.headers;
  notices.tell({ repository, tag, manifest, request: { id: request.id, addr: request.ip, host, useragent } });
  void reply.headers({ location: `/v2/${repository}/manifests/${digest}`, 'docker-content-digest': digest });
  return reply.code(201).send();
}

async function readWhole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > manifestBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Null for a manifest whose every part is there; layers with `urls` may be kept elsewhere. */
function refusalOf(bytes: Uint8Array, content: RegistryContent, repository: string): Refusal | null {
  const body = parse(bytes);
  if (body === null) return 'MANIFEST_INVALID';
  const { config, layers = [], manifests = [] } = body;
  const lists = [layers ?? [], manifests ?? []];
  if (!lists.every(Array.isArray)) return 'MANIFEST_INVALID';
  const blobs = [...(config === undefined ? [] : [config]), ...(lists[0] as unknown[])];
  const isThere = (part: unknown, has: (digest: Digest) => boolean) => {
    const { digest, urls } = (part ?? {}) as { digest?: unknown; urls?: unknown };
    return Array.isArray(urls) || (isDigest(digest) && has(digest));
  };
  const hasBlobs = blobs.every((part) => isThere(part, (digest) => content.hasBlob(repository, digest)));
  const hasManifest = (digest: Digest) => content.manifest(repository, digest) !== null;
  const hasManifests = (lists[1] as unknown[]).every((part) => isThere(part, hasManifest));
  return hasBlobs && hasManifests ? null : 'MANIFEST_BLOB_UNKNOWN';
}

function parse(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null; // Not JSON: the pusher is told so.
  }
}
