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
import { hasBlob, headManifest, type ManifestDocument, type ManifestHead, readManifest } from './pull.ts';
import { type PushedBlob, type PushedManifest, type PushOutcome, pushBlob, pushManifest } from './push.ts';
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
 * Reads from and writes to registries by the distribution protocol. Errors: `image_not_found` or `blob_missing`,
 * `access_denied`, `registry_rate_limited`, `registry_unavailable`, `registry_protocol`, `blob_digest_mismatch`,
 * `blob_size_mismatch`, of a push also `push_refused` and `push_too_large`, and those of `Net`.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export interface RegistryClient {
  /** A manifest or index by tag or digest, its bytes held against every digest that is known for it. */
  manifest(repository: Repository, name: string, signal?: AbortSignal): Promise<ManifestDocument>;
  /** What a tag stands for now; with registries that say it in a header, without counting as a pull. */
  headManifest(repository: Repository, name: string, signal?: AbortSignal): Promise<ManifestHead>;
  /**
   * A blob's bytes, each once, whatever is cut in between; exactly `descriptor.size` of them. The digest is for the
   * reader to verify, who hashes anyway.
   */
  blob(repository: Repository, descriptor: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  hasBlob(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  listTags(repository: Repository, signal?: AbortSignal): Promise<TagList>;
  /** Puts a blob there unless it is there; `from` is a repository of the same registry that may have it already. */
  pushBlob(
    repository: Repository,
    blob: PushedBlob,
    options?: { readonly from?: string; readonly signal?: AbortSignal },
  ): Promise<PushOutcome>;
  /** Puts a manifest under a tag or its own digest; everything that it lists must be there. */
  pushManifest(repository: Repository, name: string, manifest: PushedManifest, signal?: AbortSignal): Promise<Digest>;
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
    const { success = [200, 206], method, name, missing } = request;
    if (success.includes(response.status)) return response;
    const user = credential === null ? null : credential.kind === 'bearer' ? 'the given token' : credential.username;
    throw await errorOf(response, { name, missing, user, push: method === 'POST' || method === 'PUT' });
  };
  return {
    manifest: (repository, name, signal) => readManifest(call, repository, name, signal),
    headManifest: (repository, name, signal) => headManifest(call, repository, name, signal),
    blob: (repository, descriptor, signal) => readBlob({ call, retry, timing, logger }, repository, descriptor, signal),
    hasBlob: (repository, digest, signal) => hasBlob(call, repository, digest, signal),
    listTags: (repository, signal) => listTags(call, repository, signal),
    pushBlob: (repository, blob, more = {}) => pushBlob({ call, retry, timing }, repository, blob, more),
    pushManifest: (repository, name, manifest, signal) =>
      pushManifest({ call, retry, timing }, repository, name, manifest, signal),
  };
}
