import { AppError, type ErrorCode } from '@soupcon/model';
import type { NetResponse } from '@soupcon/net';
import { isFields, oneLine, parseJson } from './shape.ts';

/** The protocol's error bodies are short; others are not worth more, and one that goes on for ever must not hold us. */
const wordsBytesMax = 64 * 1024;
const wordsMs = 2_000;

/** What was asked, for the words of a refusal. `name` is such as the reference, `missing` the code of a 404. */
export interface Asked {
  readonly name: string;
  readonly missing: ErrorCode;
  readonly user: string | null;
  /** Whether something was sent to be kept. */
  readonly push: boolean;
}

/** The error that an answer of a registry stands for; its body is read, within limits, for the registry's own words. */
export async function errorOf(response: NetResponse, { name, missing, user, push }: Asked): Promise<AppError> {
  const { status, retryAfterMs } = response;
  const { code, text } = await registryWords(response);
  const said = text === '' ? '' : `; it says: ${text}`;
  const detail = { status, retryAfterMs };
  const make = (code: ErrorCode, why: string) => new AppError(code, { subject: `${name}${why}${said}`, detail });
  const refused = push ? refusalOf(status, code) : null;
  if (refused !== null) return make(refused, `: it answered ${status}`);
  if (status === 404) return make(missing, '');
  if (status === 401 || status === 403)
    return make('access_denied', user === null ? ', without credentials' : `, as ${user}`);
  // Harbor answers this where a policy forbids pulling the image.
  if (status === 412) return make('access_denied', ', forbidden by a policy of the registry');
  if (status === 429) return make('registry_rate_limited', waitInWords(retryAfterMs));
  if (status >= 500 || status === 408) return make('registry_unavailable', `: it answered ${status}`);
  return make('registry_protocol', `: it answered ${status}`);
}

/** What is said of a push alone; null where it is said as of any other request. */
function refusalOf(status: number, code: string): ErrorCode | null {
  if (status === 413 || code === 'SIZE_LIMIT_EXCEEDED') return 'push_too_large';
  if (code === 'DIGEST_INVALID') return 'blob_digest_mismatch';
  if (code === 'SIZE_INVALID') return 'blob_size_mismatch';
  return [400, 404, 405, 409, 415, 422, 507].includes(status) ? 'push_refused' : null;
}

function waitInWords(retryAfterMs: number | null): string {
  return retryAfterMs === null ? '' : `: again in ${Math.ceil(retryAfterMs / 1000)} s`;
}

/**
 * The first error of the protocol's error body, as a code and as one line; both empty for none, and for bodies of any
 * other kind, which may be a page.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
async function registryWords(response: NetResponse): Promise<{ code: string; text: string }> {
  const none = { code: '', text: '' };
  let body: unknown;
  const late = setTimeout(() => void response.discard(), wordsMs);
  try {
    body = parseJson(await firstBytes(response));
  } catch {
    return none; // The status alone says enough; what became of the body would only hide it.
  } finally {
    clearTimeout(late);
  }
  const { errors } = isFields(body) ? body : {};
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (!isFields(first)) return none;
  const { code, message } = first;
  const texts = [code, message].filter((text): text is string => typeof text === 'string' && text !== '');
  return { code: typeof code === 'string' ? code : '', text: oneLine(texts.join(': ')) };
}

async function firstBytes(response: NetResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > wordsBytesMax) break;
  }
  return Buffer.concat(chunks);
}
