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
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /**
   * Below the repository, such as `manifests/latest`; or an absolute path with its query, as paging gives it; or a URL as
   * the registry gives one for an upload: on another host than its own that gets no credential of ours.
   */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called for each request that is made: a challenge makes a second one. */
  readonly body?: () => NonNullable<NetRequest['body']>;
  /** What the registry lets us do there; to `pull` is the default. */
  readonly access?: 'pull' | 'pull,push';
  /** A second repository that is read in the same call, for a mount. */
  readonly from?: string | undefined;
  /** Statuses of success; 200 and 206 by default. */
  readonly success?: readonly number[];
  readonly bytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** No limit on the time of a whole body, in either direction; for what its reader or the size of its pieces limits. */
  readonly endless?: boolean;
  /** How long an answer may take once everything is sent. */
  readonly answerMs?: number;
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
  call: Call,
): Promise<NetResponse> {
  const { path, signal } = call;
  const url = urlOf(base, repository, path);
  const token: TokenRequest = {
    origin: base,
    credential,
    scope: scopeOf(repository, call),
    ...(signal ? { signal } : {}),
  };
  const answered = async (refused: NetResponse, asked: TokenRequest, to: URL) => {
    const authorization = await auth.answer(asked, refused.headers.all('www-authenticate'));
    if (authorization === null) return refused;
    await refused.discard();
    return net.request(requestOf(call, to, authorization, retry));
  };
  const isElsewhere = (response: NetResponse) => response.status === 401 && response.url.origin !== base.origin;
  const known = url.origin === base.origin ? auth.known(token) : null;
  let response = await net.request(requestOf(call, url, known, retry));
  if (response.status === 401 && !isElsewhere(response)) response = await answered(response, token, url);
  if (!isElsewhere(response)) return response;
  return answered(response, { ...token, origin: response.url, credential: null }, response.url);
}

function urlOf(base: URL, { repository }: Repository, path: string | URL): URL {
  if (path instanceof URL) return path;
  return path.startsWith('/') ? new URL(base.origin + path) : new URL(`/v2/${repository}/${path}`, base.href);
}

/** @see https://distribution.github.io/distribution/spec/auth/scope/ */
function scopeOf({ repository }: Repository, { access = 'pull', from }: Call): string {
  return `repository:${repository}:${access}${from === undefined ? '' : ` repository:${from}:pull`}`;
}

function requestOf(call: Call, url: URL, authorization: string | null, retry: Retry): NetRequest {
  const { method, headers = {}, body, bytesMax, signal, endless, answerMs } = call;
  const timeouts = { ...(endless ? { totalMs: null } : {}), ...(answerMs ? { headersMs: answerMs } : {}) };
  return {
    method,
    url,
    headers: { ...headers, ...(authorization === null ? {} : { authorization }) },
    bytesMax,
    redirect: 'follow',
    retry,
    timeouts,
    ...(body ? { body: body() } : {}),
    ...(signal ? { signal } : {}),
  };
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
