import { AppError, type ErrorCode, isDigest } from '@soupcon/model';
import type { Net, NetRequest, NetResponse, Retry } from '@soupcon/net';
import type { Auth, Credential, TokenRequest } from './auth.ts';

/** A repository on a registry, as in a {@link Reference}. */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
}

/** What one call needs beside the repository. */
export interface Call {
  readonly method: 'GET' | 'HEAD';
  /** Below the repository, such as `manifests/latest`; or an absolute path with its query, as paging gives it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** No limit on the time of a whole body; for what its reader limits. */
  readonly endless?: boolean;
  /** Subject of errors. */
  readonly name: string;
  /** What a 404 means. */
  readonly missing: ErrorCode;
}

/** Sends a call with authentication and yields its answer when the status is one of success. */
export type Caller = (repository: Repository, call: Call) => Promise<NetResponse>;

export interface Target {
  readonly base: URL;
  readonly credential: Credential | null;
  readonly repository: Repository;
}

/**
 * One request and, when the registry challenges it, one more. Storage behind a redirect that challenges too is asked once
 * more with an anonymous token for itself: it gets no credential of ours.
 */
export async function send(
  { net, auth, retry }: { net: Net; auth: Auth; retry: Retry },
  { base, credential, repository }: Target,
  { method, path, headers = {}, bytesMax, signal, endless }: Call,
): Promise<NetResponse> {
  const url = path.startsWith('/')
    ? new URL(base.origin + path)
    : new URL(`/v2/${repository.repository}/${path}`, base.href);
  const request = (to: URL, authorization: string | null): NetRequest => ({
    method,
    url: to,
    headers: { ...headers, ...(authorization === null ? {} : { authorization }) },
    bytesMax,
    redirect: 'follow',
    retry,
    ...(signal ? { signal } : {}),
    ...(endless ? { timeouts: { totalMs: null } } : {}),
  });
  const scope = `repository:${repository.repository}:pull`;
  const token: TokenRequest = { origin: base, credential, scope, ...(signal ? { signal } : {}) };
  const answered = async (refused: NetResponse, asked: TokenRequest, to: URL) => {
    const authorization = await auth.answer(asked, refused.headers.all('www-authenticate'));
    if (authorization === null) return refused;
    await refused.discard();
    return net.request(request(to, authorization));
  };
  const isElsewhere = (response: NetResponse) => response.status === 401 && response.url.origin !== base.origin;
  let response = await net.request(request(url, auth.known(token)));
  if (response.status === 401 && !isElsewhere(response)) response = await answered(response, token, url);
  if (!isElsewhere(response)) return response;
  return answered(response, { ...token, origin: response.url, credential: null }, response.url);
}

/** A failed connection is, seen from here, a registry that does not answer. */
export async function asRegistryError<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'request_failed') throw error;
    throw new AppError('registry_unavailable', { subject: error.subject ?? '', cause: error, detail: error.detail });
  }
}

/** `host/repository:tag` or `host/repository@sha256:...`. */
export function nameOf({ registry, repository }: Repository, name: string): string {
  return `${registry}/${repository}${isDigest(name) ? '@' : ':'}${name}`;
}
