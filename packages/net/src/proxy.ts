import ipaddr from 'ipaddr.js';
import { bareHostname, parseAddress } from './address.ts';

/** Proxy URLs for http and https targets, and the hosts reached without: the customary comma-separated list. */
export interface ProxyOptions {
  readonly http?: string;
  readonly https?: string;
  readonly no?: string;
}

/**
 * Whether a URL's host is on a no-proxy list. An entry is `*`, a name (with all names below it), a name with a leading
 * dot or `*.` (only those below it), an address or a CIDR; each but the first and last may end in `:port`.
 */
export function bypassesProxy(url: URL, list: string): boolean {
  const host = bareHostname(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).some((entry) => entry !== '' && entryCovers(entry.toLowerCase(), host, port));
}

function entryCovers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return cidrCovers(entry, host);
  const literal = parseAddress(entry);
  const [, name = '', wanted] = literal
    ? ['', entry, undefined]
    : (/^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? []);
  if (wanted !== undefined && wanted !== port) return false;
  const address = parseAddress(name);
  if (address !== null) return parseAddress(host)?.toNormalizedString() === address.toNormalizedString();
  const below = name.replace(/^\*?\./, '');
  if (below === '') return false;
  return host.endsWith(`.${below}`) || (below === name && host === bareHostname(name));
}

function cidrCovers(entry: string, host: string): boolean {
  const address = parseAddress(host);
  if (address === null || !ipaddr.isValidCIDR(entry)) return false;
  const [network, bits] = ipaddr.parseCIDR(entry);
  return address.kind() === network.kind() && address.match(network, bits);
}
