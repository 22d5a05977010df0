import ipaddr from 'ipaddr.js';

/** `public` may be reached; `private` only where it is allowed; `never` is not reached whatever is allowed. */
export type AddressClass = 'public' | 'private' | 'never';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Where clouds and orchestrators serve instance credentials; link-local addresses (169.254.0.0/16, fe80::/10) are
 * `never` as a whole and not listed. In order: AWS, EKS pod identity, Google, Alibaba, Oracle, Azure's wire server.
 */
const metadataAddresses = new Set(
  ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'].map((text) =>
    ipaddr.parse(text).toNormalizedString(),
  ),
);

const metadataNames = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);
const metadataSuffixes = ['.metadata.google.internal', '.metadata.goog'];

/** Names that stand for a metadata service, whatever they resolve to. `hostname` as `URL.hostname` gives it. */
export function isMetadataName(hostname: string): boolean {
  const name = bareHostname(hostname);
  return (
    metadataNames.has(name) || name.startsWith('instance-data.') || metadataSuffixes.some((end) => name.endsWith(end))
  );
}

/** Lower case, without the brackets of an IPv6 literal and without the root's dot. */
export function bareHostname(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** An IP address from its text, an IPv4-mapped one as IPv4; null for anything else. A zone (`%eth0`) is dropped. */
export function parseAddress(text: string): Address | null {
  const bare = bareHostname(text).replace(/%.*$/, '');
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return null;
  return ipaddr.process(bare);
}

/**
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/ and its IPv6 sibling: whatever is not plain unicast
 * is not public. Addresses that carry an IPv4 address (mapped, NAT64, 6to4) are no way round its rule.
 */
export function classifyAddress(address: Address): AddressClass {
  if (metadataAddresses.has(address.toNormalizedString())) return 'never';
  const range = address.range();
  if (range === 'linkLocal') return 'never';
  if (address instanceof ipaddr.IPv4) return range === 'unicast' ? 'public' : 'private';
  const embedded = embeddedIpv4(address);
  if (embedded !== null && classifyAddress(embedded) === 'never') return 'never';
  if (range === 'rfc6052' && embedded !== null) return classifyAddress(embedded);
  // Only 2000::/3 is assigned for unicast use; the library counts the unassigned rest as unicast.
  return range === 'unicast' && ((address.parts[0] ?? 0) & 0xe000) === 0x2000 ? 'public' : 'private';
}

function embeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const range = address.range();
  const bytes = address.toByteArray();
  if (range === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6));
  if (range === 'ipv4Mapped' || range === 'rfc6145' || range === 'rfc6052') return new ipaddr.IPv4(bytes.slice(12));
  return null;
}

/** Whether an address that is `private` may be reached. `hostname` is the name that led to it. */
export type Allowance = (target: { hostname: string; port: number; address: Address }) => boolean;

/**
 * @param allow true for every private address, or entries `host`, `host:port`, `[v6]:port`, an address, or a CIDR such
 * as `10.0.0.0/8`. An entry that is none of these allows nothing.
 */
export function allowanceOf(allow: boolean | readonly string[]): Allowance {
  if (typeof allow === 'boolean') return () => allow;
  const entries = allow.map(parseEntry);
  return (target) => entries.some((entry) => entry(target));
}

function parseEntry(text: string): Allowance {
  if (text.includes('/')) return cidrEntry(text);
  const whole = parseAddress(text);
  if (whole !== null && !text.startsWith('[')) return addressEntry(whole, null);
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const wanted = port === undefined ? null : Number(port);
  const literal = parseAddress(host);
  if (literal !== null) return addressEntry(literal, wanted);
  const name = bareHostname(host);
  return ({ hostname, port }) => name !== '' && bareHostname(hostname) === name && (wanted === null || wanted === port);
}

function addressEntry(literal: Address, wanted: number | null): Allowance {
  const text = literal.toNormalizedString();
  return ({ port, address }) => address.toNormalizedString() === text && (wanted === null || wanted === port);
}

function cidrEntry(text: string): Allowance {
  if (!ipaddr.isValidCIDR(text)) return () => false;
  const [network, bits] = ipaddr.parseCIDR(text);
  return ({ address }) => address.kind() === network.kind() && address.match(network, bits);
}
