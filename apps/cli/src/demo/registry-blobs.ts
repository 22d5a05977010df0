import { createReadStream } from 'node:fs';
import { isDigest } from '@soupcon/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Refusal, refuse } from './registry-answers.ts';
import type { RegistryContent } from './registry-content.ts';
import type { RegistryUploads, UploadOutcome } from './registry-uploads.ts';

export interface BlobRooms {
  readonly content: RegistryContent;
  readonly uploads: RegistryUploads;
}

/** A blob, or the one part of it that is asked for. */
export async function getBlob(
  { content }: BlobRooms,
  repository: string,
  digest: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!isDigest(digest)) return refuse(reply, 'DIGEST_INVALID');
  const size = await content.blobSize(repository, digest);
  if (size === null) return refuse(reply, 'BLOB_UNKNOWN', { digest });
  const range = rangeOf(request.headers.range, size);
  if (range === null) {
    void reply.header('content-range', `bytes */${size}`);
    return refuse(reply, 'RANGE_INVALID');
  }
  const { start, end, partial } = range;
  void reply.headers({
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  });
  if (partial) void reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`);
  if (request.method === 'HEAD' || start === end) return reply.send();
  return reply.send(createReadStream(content.blobPath(digest), { start, end: end - 1 }));
}

/**
 * The bytes `[start, end)` that a `Range` header asks for, all of them when it asks for none or in a way that need not be
 * understood; null when there are none such. @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
function rangeOf(header: string | undefined, size: number): { start: number; end: number; partial: boolean } | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return { start: 0, end: size, partial: false };
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start >= end ? null : { start, end, partial: true };
}

/** Begins an upload, or has a blob of another repository in this one too. */
export async function beginUpload(
  { content, uploads }: BlobRooms,
  repository: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { mount, from, digest } = request.query as Readonly<Record<string, string | undefined>>;
  if (isDigest(mount) && from !== undefined && content.hasBlob(from, mount)) {
    content.addBlob(repository, mount);
    return blobKept(reply, repository, mount);
  }
  const id = await uploads.begin(repository);
  if (digest !== undefined) return finishUpload({ content, uploads }, repository, id, request, reply);
  return uploadGoesOn(reply.code(202), repository, id, 0);
}

export async function appendUpload(
  { uploads }: BlobRooms,
  repository: string,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [, start] = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '') ?? [];
  const size = uploads.size(id, repository);
  if (start !== undefined && size !== null && Number(start) !== size) return refuse(reply, 'RANGE_INVALID');
  const outcome = await uploads.append(id, repository, bodyOf(request));
  if (outcome !== 'kept') return refuse(reply, refusalOf(outcome));
  return uploadGoesOn(reply.code(202), repository, id, uploads.size(id, repository) ?? 0);
}

/** Takes the last piece, or all of it, and holds it against its digest. */
export async function finishUpload(
  { content, uploads }: BlobRooms,
  repository: string,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { digest } = request.query as Readonly<Record<string, string | undefined>>;
  if (!isDigest(digest)) return refuse(reply, 'DIGEST_INVALID');
  const appended = await uploads.append(id, repository, bodyOf(request));
  const outcome =
    appended === 'kept' ? await uploads.finish(id, repository, digest, content.blobPath(digest)) : appended;
  if (outcome !== 'kept') return refuse(reply, refusalOf(outcome));
  content.addBlob(repository, digest);
  return blobKept(reply, repository, digest);
}

export function uploadState({ uploads }: BlobRooms, repository: string, id: string, reply: FastifyReply): FastifyReply {
  const size = uploads.size(id, repository);
  return size === null ? refuse(reply, 'BLOB_UPLOAD_UNKNOWN') : uploadGoesOn(reply.code(204), repository, id, size);
}

function uploadGoesOn(reply: FastifyReply, repository: string, id: string, size: number): FastifyReply {
  void reply.headers({
    location: `/v2/${repository}/blobs/uploads/${id}`,
    'docker-upload-uuid': id,
    range: `0-${Math.max(0, size - 1)}`,
  });
  return reply.send();
}

function blobKept(reply: FastifyReply, repository: string, digest: string): FastifyReply {
  void reply.headers({ location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
  return reply.code(201).send();
}

function refusalOf(outcome: Exclude<UploadOutcome, 'kept'>): Refusal {
  switch (outcome) {
    case 'unknown':
      return 'BLOB_UPLOAD_UNKNOWN';
    case 'too-large':
      return 'SIZE_INVALID';
    case 'digest':
      return 'DIGEST_INVALID';
    case 'busy':
    case 'cut':
      return 'BLOB_UPLOAD_INVALID';
  }
}

/** The body as a stream; Fastify gives none where there is none. */
function bodyOf({ body }: FastifyRequest): AsyncIterable<Uint8Array> {
  return (body ?? (async function* () {})()) as AsyncIterable<Uint8Array>;
}
