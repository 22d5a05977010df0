import { AppError, type ErrorCode, errorTable } from '@soupcon/model';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { loggedPath } from './logging.ts';
import { invalid, problemOf } from './problem.ts';

const retryAfterS = 5;

/** Every error there is ends here: told as problem details, and logged when it is a fault of ours. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => answer(asAppError(error, request), request, reply));
  app.setNotFoundHandler((request, reply) =>
    answer(new AppError('not_found', { subject: `${request.method} ${loggedPath(request.url)}` }), request, reply),
  );
}

/** What goes wrong before there is a route: an address that cannot be read. */
export function answerEarly(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void answer(asAppError(error, request), request, reply);
}

async function answer(error: AppError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { status, retry } = errorTable[error.code];
  const fields = { code: error.code, ...(status >= 500 ? { err: error.cause ?? error } : {}) };
  if (error.code === 'unexpected_fault') request.log.error(fields, 'request failed');
  else if (status >= 500) request.log.warn(fields, 'request refused');
  if (retry === 'backoff' && !reply.hasHeader('retry-after')) reply.header('retry-after', String(retryAfterS));
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="soupcon"');
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(error, request.id));
}

/** Codes of fastify, and what they are in our table. */
const ofFastify: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
};

function asAppError(error: FastifyError, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const context = error.validationContext ?? 'request';
    return invalid(
      error.validation.map(({ instancePath, message }) => ({
        field: `${context}${instancePath.replaceAll('/', '.')}`,
        message: message ?? 'is not as it must be',
      })),
    );
  }
  // Without the cause, whose words have the whole address, the token of a hook included.
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH')
    return invalid([{ field: 'params', message: 'a part of the address is too long' }]);
  const code = ofFastify[error.code ?? ''];
  if (code !== undefined) return new AppError(code, { cause: error });
  // What the framework itself refuses: a body that is not JSON, a length that does not fit.
  if (/^FST_ERR_CTP_/.test(error.code ?? '') && error.statusCode === 400)
    return invalid([{ field: 'body', message: error.message }]);
  if (error.statusCode === 400 && error instanceof SyntaxError)
    return invalid([{ field: 'body', message: 'is not JSON' }]);
  return new AppError('unexpected_fault', { cause: error, detail: { path: loggedPath(request.url) } });
}
