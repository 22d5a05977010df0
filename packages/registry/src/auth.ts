import { AppError, Secret } from '@soupcon/model';
import { describeUrl, type Net, type NetResponse, type Retry } from '@soupcon/net';
import { type Challenge, parseChallenges } from './challenge.ts';
import { isFields, oneLine, parseJson } from './shape.ts';
import { SharedWork } from './shared-work.ts';

/**
 * What a registry is spoken to with. `id` tells credentials apart in the token cache and must differ between tenants.
 * `identity` is a refresh token for the token server, `bearer` a ready access token for the registry.
 */
export type Credential =
  | { readonly kind: 'basic'; readonly id: string; readonly username: string; readonly password: Secret }
  | { readonly kind: 'identity'; readonly id: string; readonly username: string; readonly token: Secret }
  | { readonly kind: 'bearer'; readonly id: string; readonly token: Secret };

/** Finds the credential for a registry, as {@link Reference} names it; null is anonymous. */
export type CredentialSource = (registry: string) => Promise<Credential | null>;

export const anonymous: CredentialSource = async () => null;

/** Access tokens by registry, credential and scope. One cache may serve many clients: tenants differ by credential id. */
export interface TokenCache {
  get(key: string): CachedToken | undefined;
  set(key: string, token: CachedToken): void;
  delete(key: string): void;
}

export interface CachedToken {
  readonly token: Secret;
  readonly expiresAtMs: number;
}

const cachedTokensMax = 10_000;

export function createTokenCache(): TokenCache {
  const map = new Map<string, CachedToken>();
  return {
    get: (key) => map.get(key),
    set(key, token) {
      const [oldest] = map.keys();
      if (map.size >= cachedTokensMax && oldest !== undefined) map.delete(oldest);
      map.set(key, token);
    },
    delete: (key) => void map.delete(key),
  };
}

export interface AuthOptions {
  readonly net: Net;
  readonly tokens: TokenCache;
  readonly retry: Retry;
  readonly now: () => number;
}

/** Whom a token is for. `origin` is the host that challenged; a credential goes nowhere but to it and to its realm. */
export interface TokenRequest {
  readonly origin: URL;
  readonly credential: Credential | null;
  readonly scope: string;
  readonly signal?: AbortSignal;
}

const tokenBytesMax = 1024 * 1024;
const clientId = 'soupcon';

export interface Auth {
  /** The header to send before any challenge: a token that is still good, or nothing. */
  known(request: TokenRequest): string | null;
  /**
   * The header that answers a 401; null when nothing can be done (no challenge that is understood, or no credential for
   * a Basic one). @throws {AppError} `access_denied` when the token server refuses, `registry_protocol` when its address
   * is not acceptable, `registry_rate_limited`, `registry_unavailable`.
   */
  answer(request: TokenRequest, challenges: readonly string[]): Promise<string | null>;
}

export function createAuth(options: AuthOptions): Auth {
  const running = new SharedWork<string>({ keep: false });
  const basicOrigins = new Set<string>();
  return {
    known({ origin, credential, scope }) {
      if (credential?.kind === 'bearer') return `Bearer ${credential.token.reveal()}`;
      const key = keyOf({ origin, credential, scope });
      if (basicOrigins.has(`${origin.host}\n${credential?.id ?? ''}`)) return basicHeader(credential);
      const cached = options.tokens.get(key);
      if (cached === undefined || cached.expiresAtMs <= options.now()) return null;
      return `Bearer ${cached.token.reveal()}`;
    },
    async answer(request, headers) {
      const { origin, credential } = request;
      // Basic can only be answered with a credential; a Bearer challenge beside it may give a token for none.
      const challenge = parseChallenges(headers).find(
        ({ scheme }) => scheme === 'bearer' || (scheme === 'basic' && credential !== null),
      );
      if (challenge === undefined || credential?.kind === 'bearer') return null;
      if (challenge.scheme === 'basic') {
        if (credential !== null) basicOrigins.add(`${origin.host}\n${credential.id}`);
        return basicHeader(credential);
      }
      const key = keyOf(request);
      options.tokens.delete(key);
      // Requests that run side by side and are challenged together share one token request.
      return running.get(key, () => fetchToken(options, request, challenge, key), request.signal);
    },
  };
}

function keyOf({ origin, credential, scope }: TokenRequest): string {
  return [origin.origin, credential?.id ?? '', scope].join('\n');
}

function basicHeader(credential: Credential | null): string | null {
  if (credential === null || credential.kind === 'bearer') return null;
  const secret = credential.kind === 'basic' ? credential.password : credential.token;
  return `Basic ${Buffer.from(`${credential.username}:${secret.reveal()}`).toString('base64')}`;
}

async function fetchToken(
  options: AuthOptions,
  request: TokenRequest,
  challenge: Challenge,
  key: string,
): Promise<string> {
  const realm = realmOf(request.origin, challenge);
  const service = challenge.params.get('service') ?? null;
  const scope = widened(challenge.params.get('scope') ?? '', request.scope);
  const { credential } = request;
  let response: NetResponse | null = null;
  if (credential?.kind === 'identity') {
    response = await postToken(options, { realm, service, scope, token: credential.token });
  }
  response ??= await getToken(options, request, { realm, service, scope });
  const { token, expiresAtMs } = await readToken(response, realm, options.now());
  options.tokens.set(key, { token, expiresAtMs });
  return `Bearer ${token.reveal()}`;
}

/**
 * The scopes to ask for: what the registry names, or ours when it names none. Where it names the same repository for less
 * than will be done there, as it does for the look before a push, one token is to serve for all.
 */
function widened(named: string, wanted: string): string {
  const ours = new Map(wanted.split(' ').map(splitScope));
  const scopes = named.split(' ').filter(Boolean);
  if (scopes.length === 0) return wanted;
  const both = scopes.map((scope) => {
    const [resource, actions] = splitScope(scope);
    const more = ours.get(resource);
    return more === undefined ? scope : `${resource}:${[...new Set(`${actions},${more}`.split(','))].join(',')}`;
  });
  return both.join(' ');
}

/** `repository:team/app` and `pull,push` of `repository:team/app:pull,push`. */
function splitScope(scope: string): [resource: string, actions: string] {
  const colon = scope.lastIndexOf(':');
  return [scope.slice(0, Math.max(0, colon)), scope.slice(colon + 1)];
}

/**
 * The registry names the realm, so it is foreign text: https unless the registry itself is reached without, and no
 * address that the guard of `net` refuses.
 */
function realmOf(origin: URL, { params }: Challenge): URL {
  const text = params.get('realm') ?? '';
  const refuse = (why: string) => new AppError('registry_protocol', { subject: `${origin.host}: ${why}` });
  if (!URL.canParse(text)) throw refuse(`its token server ${JSON.stringify(oneLine(text, 100))} is not a URL`);
  const realm = new URL(text);
  if (realm.protocol !== 'https:' && !(realm.protocol === 'http:' && origin.protocol === 'http:')) {
    throw refuse(`its token server ${describeUrl(realm)} is not reached by https`);
  }
  return realm;
}

interface Grant {
  readonly realm: URL;
  readonly service: string | null;
  readonly scope: string;
}

/** @see https://distribution.github.io/distribution/spec/auth/token/ */
async function getToken({ net, retry }: AuthOptions, { credential }: TokenRequest, grant: Grant): Promise<NetResponse> {
  const url = new URL(grant.realm);
  if (grant.service !== null) url.searchParams.append('service', grant.service);
  // Several scopes in one challenge are separated by blanks and sent one by one.
  for (const scope of grant.scope.split(' ').filter(Boolean)) url.searchParams.append('scope', scope);
  url.searchParams.append('client_id', clientId);
  const authorization = basicHeader(credential);
  return net.request({
    method: 'GET',
    url,
    headers: { accept: 'application/json', ...(authorization === null ? {} : { authorization }) },
    bytesMax: tokenBytesMax,
    redirect: 'follow',
    retry,
  });
}

/** @returns null when the token server knows no POST. @see https://distribution.github.io/distribution/spec/auth/oauth/ */
async function postToken(
  { net }: AuthOptions,
  { realm, service, scope, token }: Grant & { token: Secret },
): Promise<NetResponse | null> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    scope,
    refresh_token: token.reveal(),
  });
  if (service !== null) form.set('service', service);
  const response = await net.request({
    method: 'POST',
    url: realm,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    bytesMax: tokenBytesMax,
  });
  if (response.status !== 404 && response.status !== 405) return response;
  await response.discard();
  return null;
}

async function readToken(response: NetResponse, realm: URL, nowMs: number): Promise<CachedToken> {
  const where = `the token server ${describeUrl(realm)}`;
  if (response.status !== 200) await refuseToken(response, where);
  const body = parseJson(await response.bytes());
  const protocol = (why: string) => new AppError('registry_protocol', { subject: `${where} ${why}` });
  if (!isFields(body)) throw protocol('gave an answer that is not JSON');
  const { token, access_token: accessToken, expires_in: expiresIn, issued_at: issuedAt } = body;
  const text = typeof token === 'string' && token !== '' ? token : accessToken;
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) throw protocol('gave no token');
  // Absent means 60; less is not allowed. A registry's clock that is ahead of ours counts from now.
  const seconds = typeof expiresIn === 'number' && Number.isFinite(expiresIn) ? Math.max(60, expiresIn) : 60;
  const issuedMs = typeof issuedAt === 'string' ? Date.parse(issuedAt) : Number.NaN;
  const startMs = Number.isNaN(issuedMs) ? nowMs : Math.min(issuedMs, nowMs);
  return { token: new Secret(text), expiresAtMs: startMs + (seconds - 10) * 1000 };
}

async function refuseToken(response: NetResponse, where: string): Promise<never> {
  const { status, retryAfterMs } = response;
  await response.discard();
  const subject = `${where} answered ${status}`;
  const detail = { status, retryAfterMs };
  if (status === 429) throw new AppError('registry_rate_limited', { subject, detail });
  if (status >= 500) throw new AppError('registry_unavailable', { subject, detail });
  if (status === 400 || status === 401 || status === 403) throw new AppError('access_denied', { subject, detail });
  throw new AppError('registry_protocol', { subject, detail });
}
