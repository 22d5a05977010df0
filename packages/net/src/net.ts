import { AppError, type Logger, silentLogger } from '@soupcon/model';
import { abortedBy, createDeadline, type Deadline, orAborted } from './deadline.ts';
import { describeUrl } from './describe.ts';
import { isTransient } from './failure.ts';
import type { Guard, Resolve } from './guard.ts';
import type { ProxyOptions } from './proxy.ts';
import { createResponse, type NetResponse } from './response.ts';
import { backoffMs, isRetryableStatus, parseRetryAfter, type Retry, systemTiming, type Timing } from './retry.ts';
import type { Transport } from './transport.ts';
import { type StreamBody, watchUpload } from './upload.ts';
import { defaultUserAgent } from './user-agent.ts';

/** Milliseconds. `totalMs` spans one attempt with its redirects and its body; null for no limit. */
export interface Timeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  readonly bodyIdleMs: number;
  readonly totalMs: number | null;
}

export interface NetOptions {
  /** Private addresses that may be reached: all, none, or `host`, `host:port`, address, CIDR. Link-local never. */
  readonly allowPrivate: boolean | readonly string[];
  /** PEM texts, trusted beside the usual authorities. */
  readonly ca?: readonly string[];
  readonly proxy?: ProxyOptions;
  readonly timeouts?: Partial<Timeouts>;
  /** Begins with `soupcon/`; the default is that without a version. */
  readonly userAgent?: string;
  readonly logger?: Logger;
  readonly resolve?: Resolve;
  readonly timing?: Timing;
}

export interface NetRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent once, whatever `retry` says, and goes nowhere but to `url`: no redirect takes it along. */
  readonly body?: string | Uint8Array | StreamBody;
  /** The most bytes a body may have; required, because there is no good default. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
  /** Replaces single timeouts; the time to connect is the same for all requests. */
  readonly timeouts?: Partial<Omit<Timeouts, 'connectMs'>>;
  /** `manual` (the default) hands the redirect back; `follow` goes along for GET and HEAD. */
  readonly redirect?: 'manual' | 'follow';
  /** For GET and HEAD alone; without it one attempt is made. */
  readonly retry?: Retry;
}

/** The only way out to HTTP. */
export interface Net {
  /**
   * Resolves with any status there is, a 429 or 5xx too once its retries are used up. Errors name method and URL, never
   * queries. @throws {AppError} `address_forbidden`, `redirect_refused`, `request_timeout`, `request_failed`,
   * `response_too_large`, `aborted` (or the signal's own reason).
   */
  request(request: NetRequest): Promise<NetResponse>;
  /** Cuts what is still open. */
  close(): Promise<void>;
}

export const redirectsMax = 5;

const defaultTimeouts: Timeouts = { connectMs: 10_000, headersMs: 30_000, bodyIdleMs: 30_000, totalMs: 120_000 };

interface Door {
  readonly guard: Guard;
  readonly transport: Transport;
}

interface Outgoing {
  /** Made at the first request: its libraries take a tenth of a second to load, which a local scan need not pay. */
  door(): Promise<Door>;
  readonly timeouts: Timeouts;
  readonly userAgent: string;
  readonly timing: Timing;
  readonly logger: Logger;
  closed: boolean;
}

export function createNet(options: NetOptions): Net {
  const { timing = systemTiming, logger = silentLogger } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  let made: Promise<Door> | null = null;
  const door = () => {
    made ??= openDoor(options, timeouts.connectMs);
    return made;
  };
  const { userAgent = defaultUserAgent } = options;
  const outgoing: Outgoing = { door, timeouts, userAgent, timing, logger, closed: false };
  return {
    request: (request) => requestWithRetries(outgoing, request),
    async close() {
      outgoing.closed = true;
      await (await made)?.transport.close();
    },
  };
}

async function openDoor({ allowPrivate, resolve, ca = [], proxy = {} }: NetOptions, connectMs: number): Promise<Door> {
  const [guards, transports] = await Promise.all([import('./guard.ts'), import('./transport.ts')]);
  const guard = guards.createGuard({ allowPrivate, resolve: resolve ?? guards.systemResolve });
  return { guard, transport: transports.createTransport({ guard, ca, proxy, connectMs }) };
}

async function requestWithRetries(outgoing: Outgoing, request: NetRequest): Promise<NetResponse> {
  const { timing, logger } = outgoing;
  const { method, signal } = request;
  const retry = method === 'GET' || method === 'HEAD' ? request.retry : undefined;
  const url = parseUrl(request);
  for (let failures = 1; ; failures++) {
    const last = retry === undefined || failures >= retry.attempts;
    let waitMs: number;
    try {
      const response = await requestWithRedirects(outgoing, request, url);
      if (last || !isRetryableStatus(response.status)) return response;
      const { retryAfterMs } = response;
      if (retryAfterMs !== null && retryAfterMs > retry.capMs) return response;
      waitMs = retryAfterMs ?? backoffMs(failures, retry, timing.random());
      await response.discard();
    } catch (error) {
      if (last || outgoing.closed || !isTransient(error)) throw error;
      waitMs = backoffMs(failures, retry, timing.random());
    }
    logger.debug({ method, url: describeUrl(url), failures, waitMs }, 'request retry');
    await timing.sleep(waitMs, signal).catch((error: unknown) => {
      throw signal?.aborted ? abortedBy(signal, `${method} ${describeUrl(url)}`) : error;
    });
  }
}

async function requestWithRedirects(outgoing: Outgoing, request: NetRequest, start: URL): Promise<NetResponse> {
  let url = start;
  let headers = lowerCased(request.headers ?? {});
  for (let hops = 0; ; hops++) {
    const response = await requestOnce(outgoing, request, url, headers);
    if (request.redirect !== 'follow' || !isRedirect(response.status)) return response;
    await response.discard();
    const next = redirectTarget(request, url, response.headers.get('location'), hops);
    if (next.origin !== url.origin) headers = withoutCredentials(headers);
    url = next;
  }
}

async function requestOnce(
  { door, timeouts, userAgent, timing, logger }: Outgoing,
  request: NetRequest,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<NetResponse> {
  const { method, bytesMax, signal } = request;
  const limits = { ...timeouts, ...request.timeouts };
  let subject = `${method} ${describeUrl(url)}`;
  const startedAt = timing.now();
  const deadline = createDeadline(signal, limits.totalMs);
  const { upload, ...sent } = bodyOf(request, limits, deadline);
  try {
    const { guard, transport } = await door();
    guard.checkUrl(url);
    const { dispatcher, proxied } = transport.for(url);
    if (proxied) {
      await orAborted(guard.checkProxied(url), deadline.signal, () => deadline.signal.reason);
      subject += ', through the proxy';
    }
    const answer = await transport.send(url, {
      dispatcher,
      method,
      ...sent,
      headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...headers, ...sent.headers },
      signal: deadline.signal,
      bodyTimeout: limits.bodyIdleMs,
    });
    logger.debug(
      { method, url: describeUrl(url), status: answer.statusCode, durationMs: timing.now() - startedAt },
      'request done',
    );
    const { 'retry-after': after } = answer.headers;
    const retryAfterMs = parseRetryAfter((Array.isArray(after) ? after[0] : after) ?? null, timing.now());
    return createResponse({ answer, url, subject, bytesMax, deadline, retryAfterMs });
  } catch (error) {
    deadline.dispose();
    const failure = upload?.failure() ?? null;
    throw failure === null ? deadline.explain(error, subject) : failure.error;
  } finally {
    upload?.stop();
  }
}

/** The body as the client takes it, with what belongs to it. */
function bodyOf({ body }: NetRequest, { headersMs, bodyIdleMs }: Timeouts, deadline: Deadline) {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    return { upload: null, body: body ?? null, headers: {}, headersTimeout: headersMs };
  }
  const watch = { idleMs: bodyIdleMs, answerMs: headersMs, onStall: (words: string) => deadline.expire(words) };
  const upload = watchUpload(body, watch);
  const headers = { 'content-length': `${body.size}` };
  return { upload, body: upload.readable, headers, headersTimeout: 0 }; // The watch is the limit.
}

function parseUrl({ method, url: given }: NetRequest): URL {
  try {
    const url = new URL(given);
    url.username = '';
    url.password = '';
    url.hash = '';
    return url;
  } catch (cause) {
    throw new AppError('request_failed', { subject: `${method}: not a URL`, cause });
  }
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function redirectTarget({ method }: NetRequest, from: URL, location: string | null, hops: number): URL {
  const subject = `${method} ${describeUrl(from)}`;
  const refuse = (why: string) => new AppError('redirect_refused', { subject: `${subject}: ${why}` });
  if (method !== 'GET' && method !== 'HEAD') throw refuse(`a ${method} is not sent on to another place`);
  if (hops >= redirectsMax) throw refuse(`more than ${redirectsMax} redirects`);
  if (location === null || !URL.canParse(location, from.href)) throw refuse('it names no place');
  const to = new URL(location, from.href);
  to.username = '';
  to.password = '';
  to.hash = '';
  if (from.protocol === 'https:' && to.protocol !== 'https:') throw refuse('it leads from https to something else');
  return to;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { authorization: _, cookie: __, 'proxy-authorization': ___, ...rest } = headers;
  return rest;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
