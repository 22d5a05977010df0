import { lookup as dnsLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { AppError } from '@soupcon/model';
import { type Allowance, allowanceOf, bareHostname, classifyAddress, isMetadataName, parseAddress } from './address.ts';
import { describeOrigin } from './describe.ts';

/** One answer of name resolution. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** How names become addresses; tests put their own. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** The system's resolver, hosts file included. */
export async function systemResolve(hostname: string): Promise<readonly ResolvedAddress[]> {
  const answers = await dnsLookup(hostname, { all: true, verbatim: true });
  return answers.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/**
 * Decides which hosts may be spoken to. A name is resolved here, all its addresses are judged, and the connection goes
 * to what was judged: {@link Guard.lookup} is what the socket uses, so there is no second resolution to poison.
 */
export interface Guard {
  /** Scheme, metadata names and literal addresses; needs no network. @throws {AppError} `address_forbidden`. */
  checkUrl(url: URL): void;
  /** For a request through a proxy, which resolves by itself: judges what resolves here, passes what does not. */
  checkProxied(url: URL): Promise<void>;
  /** For the sockets of one origin. Fails with `address_forbidden` when any one address may not be reached. */
  lookup(origin: URL): LookupFunction;
}

export function createGuard(options: { allowPrivate: boolean | readonly string[]; resolve: Resolve }): Guard {
  const allowed = allowanceOf(options.allowPrivate);
  const checkUrl = (url: URL) => {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw forbidden(url, 'only http and https are spoken');
    if (url.hostname === '') throw forbidden(url, 'it names no host');
    if (isMetadataName(url.hostname)) throw forbidden(url, 'it names a metadata service');
    if (parseAddress(url.hostname) !== null) judge(url, url.hostname, allowed);
  };
  const resolveAndJudge = async (url: URL) => {
    const answers = await options.resolve(bareHostname(url.hostname));
    for (const { address } of answers) judge(url, address, allowed);
    return answers;
  };
  return {
    checkUrl,
    async checkProxied(url) {
      checkUrl(url);
      if (parseAddress(url.hostname) !== null) return;
      await resolveAndJudge(url).catch((error: unknown) => {
        if (error instanceof AppError) throw error; // Any other failure: the name is known to the proxy alone.
      });
    },
    lookup:
      (origin) =>
      (_hostname, { all }, callback) => {
        resolveAndJudge(origin).then(
          ([first, ...others]) => {
            if (first === undefined) callback(noAddress(origin), '', 4);
            else if (all) callback(null, [first, ...others]);
            else callback(null, first.address, first.family);
          },
          (error: NodeJS.ErrnoException) => callback(error, '', 4),
        );
      },
  };
}

function judge(url: URL, text: string, allowed: Allowance): void {
  const address = parseAddress(text);
  if (address === null) throw forbidden(url, `${text} is not an address that can be judged`);
  const verdict = classifyAddress(address);
  if (verdict === 'public') return;
  const shown = address.toString() === bareHostname(url.hostname) ? 'it' : address.toString();
  if (verdict === 'never') throw forbidden(url, `${shown} is a link-local or metadata address`);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!allowed({ hostname: url.hostname, port, address }))
    throw forbidden(url, `${shown} is ${rangeInWords(address.range())}`);
}

function rangeInWords(range: string): string {
  const words: Record<string, string> = {
    loopback: 'a loopback address',
    private: 'a private address',
    uniqueLocal: 'a private address',
    carrierGradeNat: 'an address of a carrier network',
    unspecified: 'the unspecified address',
    multicast: 'a multicast address',
  };
  return words[range] ?? 'not a public address';
}

function forbidden(url: URL, why: string): AppError {
  return new AppError('address_forbidden', { subject: `${describeOrigin(url)}: ${why}`, detail: { host: url.host } });
}

function noAddress(origin: URL): NodeJS.ErrnoException {
  return Object.assign(new Error(`${origin.hostname} has no address`), { code: 'ENOTFOUND' });
}
