import * as tls from 'node:tls';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, Pool, ProxyAgent, request } from 'undici';
import type { Guard } from './guard.ts';
import { bypassesProxy, type ProxyOptions } from './proxy.ts';

export interface TransportOptions {
  readonly guard: Guard;
  /** PEM texts, trusted in addition to the usual authorities. */
  readonly ca: readonly string[];
  readonly proxy: ProxyOptions;
  readonly connectMs: number;
}

/** The sockets: a direct one whose every connection is guarded, and one for each proxy. */
export interface Transport {
  for(url: URL): { readonly dispatcher: Dispatcher; readonly proxied: boolean };
  readonly send: typeof request;
  close(): Promise<void>;
}

export function createTransport({ guard, ca, proxy, connectMs }: TransportOptions): Transport {
  const trust = ca.length === 0 ? {} : { ca: [...usualAuthorities(), ...ca] };
  const direct = new Agent({
    factory: (origin, options) =>
      new Pool(origin, {
        ...(options as Pool.Options),
        connect: {
          ...trust,
          timeout: connectMs,
          lookup: guard.lookup(new URL(origin)),
        } as Pool.Options['connect'] & {},
      }),
  });
  const proxies = new Map<string, ProxyAgent>();
  const proxyAgent = (uri: string) => {
    const known = proxies.get(uri);
    if (known !== undefined) return known;
    // The proxy is the operator's word, so its own address is not judged. Only https is tunnelled.
    const tlsOptions = { ...trust, timeout: connectMs };
    const made = new ProxyAgent({ uri, proxyTunnel: false, requestTls: tlsOptions, proxyTls: tlsOptions });
    proxies.set(uri, made);
    return made;
  };
  return {
    for(url) {
      const uri = url.protocol === 'https:' ? proxy.https : proxy.http;
      if (uri === undefined || uri === '' || bypassesProxy(url, proxy.no ?? ''))
        return { dispatcher: direct, proxied: false };
      return { dispatcher: proxyAgent(uri), proxied: true };
    },
    send: request,
    async close() {
      await Promise.all([direct, ...proxies.values()].map((agent) => agent.destroy()));
    },
  };
}

/** Naming a CA replaces all others in Node, so the usual ones are named too; newer versions also know the system's. */
function usualAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? rootCertificates;
}
