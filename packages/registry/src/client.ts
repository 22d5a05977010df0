import { type Descriptor, type Digest, type Logger, silentLogger } from '@soupcon/model';
import { type Net, type Retry, systemTiming, type Timing } from '@soupcon/net';
import { errorOf } from './answer.ts';
import {
  anonymous,
  type Credential,
  type CredentialSource,
  createAuth,
  createTokenCache,
  type TokenCache,
} from './auth.ts';
import { readBlob } from './blob.ts';
import { asRegistryError, type Caller, type Repository, send } from './call.ts';
import { hasBlob, type ManifestDocument, readManifest, resolveDigest } from './pull.ts';
import { createSchemes } from './scheme.ts';
import { SharedWork } from './shared-work.ts';
import { listTags, type TagList } from './tags.ts';

export interface RegistryClientOptions {
  readonly net: Net;
  readonly credentials?: CredentialSource;
  /** Hosts (`host` or `host:port`) that may be spoken to without TLS; loopback hosts always may. */
  readonly insecure?: readonly string[] | ((registry: string) => boolean);
  /** Shared between clients when tokens should be; else the client has its own. */
  readonly tokens?: TokenCache;
  readonly retry?: Retry;
  readonly timing?: Timing;
  readonly logger?: Logger;
}

/**
 * Reads from registries by the distribution protocol. Errors: `image_not_found` or `blob_missing`, `access_denied`,
 * `registry_rate_limited`, `registry_unavailable`, `registry_protocol`, `blob_digest_mismatch`, `blob_size_mismatch`,
 * and those of `Net`.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export interface RegistryClient {
  /** A manifest or index by tag or digest, its bytes held against every digest that is known for it. */
  manifest(repository: Repository, name: string, signal?: AbortSignal): Promise<ManifestDocument>;
  /** The digest a tag stands for now, without counting as a pull; null when the registry does not say it. */
  resolve(repository: Repository, name: string, signal?: AbortSignal): Promise<Digest | null>;
  /**
   * A blob's bytes, each once, whatever is cut in between; exactly `descriptor.size` of them. The digest is for the
   * reader to verify, who hashes anyway.
   */
  blob(repository: Repository, descriptor: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  hasBlob(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  listTags(repository: Repository, signal?: AbortSignal): Promise<TagList>;
}

const defaultRetry: Retry = { attempts: 5, baseMs: 1000, capMs: 60_000 };

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { net, credentials = anonymous, retry = defaultRetry, timing = systemTiming, logger = silentLogger } = options;
  const { tokens = createTokenCache(), insecure = [] } = options;
  const auth = createAuth({ net, tokens, retry, now: () => timing.now() });
  const schemes = createSchemes(net, typeof insecure === 'function' ? insecure : (host) => insecure.includes(host));
  const found = new SharedWork<Credential | null>({ keep: true });
  const call: Caller = async (repository, request) => {
    const [base, credential] = await Promise.all([
      schemes.baseOf(repository.registry, request.signal),
      found.get(repository.registry, () => credentials(repository.registry), request.signal),
    ]);
    const response = await asRegistryError(send({ net, auth, retry }, { base, credential, repository }, request));
    if (response.status === 200 || response.status === 206) return response;
    const user = credential === null ? null : credential.kind === 'bearer' ? 'the given token' : credential.username;
    throw await errorOf(response, { name: request.name, missing: request.missing, user });
  };
  return {
    manifest: (repository, name, signal) => readManifest(call, repository, name, signal),
    resolve: (repository, name, signal) => resolveDigest(call, repository, name, signal),
    blob: (repository, descriptor, signal) => readBlob({ call, retry, timing, logger }, repository, descriptor, signal),
    hasBlob: (repository, digest, signal) => hasBlob(call, repository, digest, signal),
    listTags: (repository, signal) => listTags(call, repository, signal),
  };
}
