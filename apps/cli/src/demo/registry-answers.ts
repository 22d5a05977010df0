import type { FastifyReply } from 'fastify';

/**
 * The codes of the protocol that are answered, each with its status.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
const refusals = {
  BLOB_UNKNOWN: { status: 404, message: 'blob unknown to registry' },
  BLOB_UPLOAD_INVALID: { status: 400, message: 'blob upload invalid' },
  BLOB_UPLOAD_UNKNOWN: { status: 404, message: 'blob upload unknown to registry' },
  DIGEST_INVALID: { status: 400, message: 'provided digest did not match uploaded content' },
  MANIFEST_BLOB_UNKNOWN: { status: 404, message: 'manifest references a manifest or blob unknown to registry' },
  MANIFEST_INVALID: { status: 400, message: 'manifest invalid' },
  MANIFEST_UNKNOWN: { status: 404, message: 'manifest unknown to registry' },
  NAME_INVALID: { status: 400, message: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, message: 'repository name not known to registry' },
  RANGE_INVALID: { status: 416, message: 'invalid content range' },
  SIZE_INVALID: { status: 413, message: 'more bytes than this registry takes' },
  TAG_INVALID: { status: 400, message: 'invalid tag' },
  UNKNOWN: { status: 500, message: 'unknown error' },
  UNSUPPORTED: { status: 405, message: 'the operation is unsupported' },
} as const;

export type Refusal = keyof typeof refusals;

export function refuse(reply: FastifyReply, code: Refusal, detail: object = {}): FastifyReply {
  const { status, message } = refusals[code];
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ errors: [{ code, message, detail }] }));
}
