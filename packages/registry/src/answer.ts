import { AppError, type ErrorCode } from '@soupcon/model';
import type { NetResponse } from '@soupcon/net';
import { isFields, oneLine, parseJson } from './shape.ts';

/** The protocol's error bodies are short; others are not worth more, and one that goes on for ever must not hold us. */
const wordsBytesMax = 64 * 1024;
const wordsMs = 2_000;

/**
 * The error that an answer of a registry stands for; its body is read, within limits, for the registry's own words.
 * @param name what was asked for, such as the reference. @param missing the code of a 404.
 */
export async function errorOf(
  response: NetResponse,
  { name, missing, user }: { name: string; missing: ErrorCode; user: string | null },
): Promise<AppError> {
  const { status, retryAfterMs } = response;
  const words = await registryWords(response);
  const said = words === null ? '' : `; it says: ${words}`;
  const detail = { status, retryAfterMs };
  const make = (code: ErrorCode, why: string) => new AppError(code, { subject: `${name}${why}${said}`, detail });
  if (status === 404) return make(missing, '');
  if (status === 401 || status === 403)
    return make('access_denied', user === null ? ', without credentials' : `, as ${user}`);
  // Harbor answers this where a policy forbids pulling the image.
  if (status === 412) return make('access_denied', ', forbidden by a policy of the registry');
  if (status === 429) return make('registry_rate_limited', waitInWords(retryAfterMs));
  if (status >= 500 || status === 408) return make('registry_unavailable', `: it answered ${status}`);
  return make('registry_protocol', `: it answered ${status}`);
}

function waitInWords(retryAfterMs: number | null): string {
  return retryAfterMs === null ? '' : `: again in ${Math.ceil(retryAfterMs / 1000)} s`;
}

/**
 * The first error of the protocol's error body; null for none, and for bodies of any other kind, which may be a page.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
async function registryWords(response: NetResponse): Promise<string | null> {
  let body: unknown;
  const late = setTimeout(() => void response.discard(), wordsMs);
  try {
    body = parseJson(await firstBytes(response));
  } catch {
    return null; // The status alone says enough; what became of the body would only hide it.
  } finally {
    clearTimeout(late);
  }
  const { errors } = isFields(body) ? body : {};
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (!isFields(first)) return null;
  const { code, message } = first;
  const texts = [code, message].filter((text): text is string => typeof text === 'string' && text !== '');
  return texts.length === 0 ? null : oneLine(texts.join(': '));
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
