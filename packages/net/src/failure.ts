import { AppError, type ErrorCode } from '@soupcon/model';

/** Errors of a connection that may go away by themselves; a refused connection or an unknown name does not. */
const transientCodes = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

const timeoutWords: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped coming',
};

const addCa = 'add its CA certificate to those trusted, for example with NODE_EXTRA_CA_CERTS';

const certificateWords: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `self-signed certificate; ${addCa}`,
  SELF_SIGNED_CERT_IN_CHAIN: `self-signed certificate in the chain; ${addCa}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `certificate of an unknown issuer; ${addCa}`,
  UNABLE_TO_GET_ISSUER_CERT: `certificate of an unknown issuer; ${addCa}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `certificate of an unknown issuer; ${addCa}`,
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet; check the clock',
  CERT_REVOKED: 'the certificate is revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
};

const connectionWords: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPROTO: 'the host does not speak TLS here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the host does not speak TLS here',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the host does not speak TLS here',
};

/** What kind of failure it was, kept in `AppError.detail.failure` for those who decide by it. */
export type FailureKind = 'timeout' | 'certificate' | 'connection';

/**
 * An {@link AppError} from whatever the HTTP client threw. An error that is one already (a refused address) stays.
 * `detail` has `failure` (a {@link FailureKind}), `cause` (the system's code) and `transient` (worth another try).
 */
export function toAppError(error: unknown, subject: string): AppError {
  const known = findAppError(error);
  if (known !== null) return known;
  const code = codeOf(error);
  const make = (as: ErrorCode, failure: FailureKind, words: string) =>
    new AppError(as, {
      subject: `${subject}: ${words}`,
      cause: error,
      detail: { failure, cause: code, transient: transientCodes.has(code) },
    });
  const timeout = timeoutWords[code];
  if (timeout !== undefined) return make('request_timeout', 'timeout', timeout);
  const certificate = certificateWords[code];
  if (certificate !== undefined) return make('request_failed', 'certificate', certificate);
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return new AppError('response_too_large', { subject: `${subject}: its headers` });
  return make('request_failed', 'connection', connectionWords[code] ?? plainMessage(error));
}

/** Whether the connection failed in a way that may go away by itself. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { transient } = error.detail;
  return transient === true;
}

function findAppError(error: unknown): AppError | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof AppError) return at;
    const inner = at instanceof AggregateError ? at.errors.find((one) => one instanceof AppError) : undefined;
    if (inner !== undefined) return inner;
  }
  return null;
}

function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    const first: unknown = at instanceof AggregateError ? at.errors[0] : undefined;
    if (first !== undefined) return codeOf(first);
  }
  return 'unknown';
}

function plainMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 200) || 'unknown reason';
}
