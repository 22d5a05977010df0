import { AppError } from '@soupcon/model';
import type { Dispatcher } from 'undici';
import type { Deadline } from './deadline.ts';

/** Response headers; names in any case. */
export interface ResponseHeaders {
  /** The first value, or null. */
  get(name: string): string | null;
  /** Every value in order; for headers that come more than once, such as `WWW-Authenticate`. */
  all(name: string): readonly string[];
}

/**
 * An answer whose body is not read yet. Its body must be read or discarded, else its connection stays taken until the
 * total timeout. All ways of reading fail with `response_too_large` beyond `bytesMax`, with `request_timeout`,
 * `request_failed` or `aborted` when the body ends before its time.
 */
export interface NetResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Where the answer came from, after redirects. May hold secrets in its query: print it with `describeUrl`. */
  readonly url: URL;
  /** What the answer asks to wait before the next request, from `Retry-After`. */
  readonly retryAfterMs: number | null;
  /** Can be read once, in chunks as they come. */
  readonly body: AsyncIterable<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  /** UTF-8; what is not becomes U+FFFD. */
  text(): Promise<string>;
  /** @throws {AppError} `request_failed` when it is not JSON. */
  json(): Promise<unknown>;
  /**
   * Reads on to the end when that is near in bytes and in time, so that the connection can be used again, else cuts it.
   * Never fails.
   */
  discard(): Promise<void>;
}

const discardBytesMax = 64 * 1024;
const discardMs = 1_000;

export interface ResponseParts {
  readonly answer: Dispatcher.ResponseData;
  readonly url: URL;
  readonly subject: string;
  readonly bytesMax: number;
  readonly deadline: Deadline;
  readonly retryAfterMs: number | null;
}

export function createResponse({ answer, url, subject, bytesMax, deadline, retryAfterMs }: ResponseParts): NetResponse {
  const headers = headersOf(answer.headers);
  answer.body.on('error', () => {}); // Whoever reads sees it; one that nobody reads must not end the process.
  const tooLarge = () => new AppError('response_too_large', { subject: `${subject}: more than ${bytesMax} bytes` });
  async function* read(): AsyncGenerator<Uint8Array> {
    let total = 0;
    try {
      if (Number(headers.get('content-length') ?? 0) > bytesMax) throw tooLarge();
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        total += chunk.byteLength;
        if (total > bytesMax) throw tooLarge();
        yield chunk;
      }
    } catch (error) {
      throw deadline.explain(error, subject);
    } finally {
      answer.body.destroy();
      deadline.dispose();
    }
  }
  const body = read();
  const bytes = () => collect(body);
  return {
    status: answer.statusCode,
    headers,
    url,
    retryAfterMs,
    body,
    bytes,
    text: async () => new TextDecoder().decode(await bytes()),
    json: async () => parseJson(new TextDecoder().decode(await bytes()), subject),
    async discard() {
      const late = setTimeout(() => answer.body.destroy(), discardMs);
      await answer.body.dump({ limit: discardBytesMax }).catch(() => {});
      clearTimeout(late);
      deadline.dispose();
    },
  };
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('request_failed', { subject: `${subject}: the answer is not JSON`, cause });
  }
}

function headersOf(raw: Dispatcher.ResponseData['headers']): ResponseHeaders {
  const map = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) map.set(name.toLowerCase(), Array.isArray(value) ? value : [value]);
  }
  return {
    get: (name) => map.get(name.toLowerCase())?.[0] ?? null,
    all: (name) => map.get(name.toLowerCase()) ?? [],
  };
}
