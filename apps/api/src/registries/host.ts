import { parseReference } from '@soupcon/registry';

/** Where a registry is, as a reference names it, and whether it speaks TLS. */
export interface RegistryPlace {
  readonly host: string;
  readonly insecure: boolean;
}

/**
 * `host`, `host:port` or an http or https URL without a path. Addresses inside a network are judged when they are used,
 * not here: what a name means may change. @returns null, when it is none of these.
 */
export function readPlace(text: string, insecure: boolean): RegistryPlace | null {
  if (!text.includes('://')) return isHost(text.toLowerCase()) ? { host: text.toLowerCase(), insecure } : null;
  if (!URL.canParse(text)) return null;
  const { protocol, host, pathname, search, hash, username, password } = new URL(text);
  const isBare =
    ['/', '/v2', '/v2/'].includes(pathname) && search === '' && hash === '' && `${username}${password}` === '';
  if (!isBare || !['http:', 'https:'].includes(protocol) || !isHost(host)) return null;
  return { host, insecure: insecure || protocol === 'http:' };
}

/** Whether a reference that begins with it leads there: a single word without a port would be taken for a path. */
function isHost(text: string): boolean {
  try {
    return parseReference(`${text}/a`).registry === text;
  } catch {
    return false; // `reference_malformed`: that is what was asked.
  }
}
