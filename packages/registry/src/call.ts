import { AppError, type ErrorCode, isDigest } from '@soupcon/model';
import type { Net, NetRequest, NetResponse, Retry } from '@soupcon/net';
import type { Auth, Credential } from './auth.ts';

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

/** One request and, when it is challenged, one more. Whoever challenges behind a redirect gets no credential of ours. */
export async function send(
  { net, auth, retry }: { net: Net; auth: Auth; retry: Retry },
  { base, credential, repository }: Target,
  { method, path, headers = {}, bytesMax, signal, endless }: Call,
): Promise<NetResponse> {
  const url = path.startsWith('/')
    ? new URL(base.origin + path)
    : new URL(`/v2/${repository.repository}/${path}`, base.href);
  const scope = `repository:${repository.repository}:pull`;
  const token = { origin: base, credential, scope, ...(signal ? { signal } : {}) };
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
  const first = await asRegistryError(net.request(request(url, auth.known(token))));
  if (first.status !== 401) return first;
  const elsewhere = first.url.origin !== base.origin;
  const asked = elsewhere ? { ...token, origin: first.url, credential: null } : token;
  const authorization = await asRegistryError(auth.answer(asked, first.headers.all('www-authenticate')));
  if (authorization === null) return first;
  await first.discard();
  return asRegistryError(net.request(request(elsewhere ? first.url : url, authorization)));
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
