import { AppError, type Digest, isDigest } from '@soupcon/model';

/** An image's name in a registry, every part said. A digest excludes a tag; without both the tag is `latest`. */
export interface Reference {
  /** `host` or `host:port`; Docker Hub is `docker.io`. */
  readonly registry: string;
  /** Path in lower case; on Docker Hub with its `library/`. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
}

const hubNames = new Set(['docker.io', 'index.docker.io']);
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const registryPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?$`);
const nameCharactersMax = 255;

/**
 * Reads `[registry/]repository[:tag][@digest]` as docker does: the first part is a registry when it has a dot, a colon
 * or an upper-case letter or is `localhost`; of tag and digest the digest wins.
 * @throws {AppError} `reference_malformed` with the reason; `digest_malformed` is told as such a reason.
 * @see https://github.com/distribution/reference for the grammar
 */
export function parseReference(text: string): Reference {
  const fail = (why: string) =>
    new AppError('reference_malformed', { subject: `${JSON.stringify(text.slice(0, 300))}: ${why}` });
  const at = text.indexOf('@');
  const digest = at === -1 ? null : text.slice(at + 1);
  if (digest !== null && !isDigest(digest)) throw fail('after the @ stands no sha256 digest');
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : null;
  const name = tagged ? named.slice(0, colon) : named;
  if (tag !== null && !tagPattern.test(tag))
    throw fail('the tag is not made of letters, digits, `.`, `_` and `-`, at most 128');
  if (digest === null && /^[0-9a-f]{64}$/.test(name)) throw fail('a bare image id names no repository');
  const { registry, path } = splitRegistry(name);
  // A port beyond 65535 and a number that is no address have the form of a host, and no URL takes them.
  if (!registryPattern.test(registry) || !URL.canParse(`https://${registry}/`))
    throw fail('the registry is not a host name');
  if (/[A-Z]/.test(path)) throw fail('the repository must be in lower case');
  if (!repositoryPattern.test(path)) throw fail('the repository is not a path of lower-case words');
  if (registry.length + 1 + path.length > nameCharactersMax)
    throw fail(`the name is longer than ${nameCharactersMax} characters`);
  return { registry, repository: path, tag: digest !== null ? null : (tag ?? 'latest'), digest };
}

/** A path of lower-case words as a repository has it inside its registry, without host and tag. */
export function isRepositoryName(text: string): boolean {
  return text.length <= nameCharactersMax && repositoryPattern.test(text);
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** The full text, with `docker.io/library/` where it applies; {@link parseReference} reads it back. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

function splitRegistry(name: string): { registry: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isRegistry = first === 'localhost' || /[.:A-Z]/.test(first);
  const registry = isRegistry ? first : 'docker.io';
  const path = isRegistry ? name.slice(slash + 1) : name;
  if (!hubNames.has(registry)) return { registry, path };
  return { registry: 'docker.io', path: path.includes('/') ? path : `library/${path}` };
}
