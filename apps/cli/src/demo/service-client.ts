import { AppError } from '@soupcon/model';
import type { Net } from '@soupcon/net';

const answerBytesMax = 64 * 1024 * 1024;

/** Speaks to the service as any program does: over HTTP, with a key. */
export interface ServiceClient {
  /** @throws {AppError} `request_failed` with the service's own words when it refuses. */
  call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown>;
}

export function createServiceClient(
  net: Net,
  { address, key, signal }: { readonly address: string; readonly key: string; readonly signal: AbortSignal },
): ServiceClient {
  return {
    async call(method, path, body) {
      const response = await net.request({
        method,
        url: `${address}${path}`,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        bytesMax: answerBytesMax,
        signal,
      });
      const answer = response.status === 204 ? null : await response.json();
      if (response.status < 300) return answer;
      throw new AppError('request_failed', { subject: `${method} ${path}: ${response.status} ${detailOf(answer)}` });
    },
  };
}

function detailOf(problem: unknown): string {
  const { detail, title } = (problem ?? {}) as { detail?: unknown; title?: unknown };
  return String(detail ?? title ?? '');
}
