import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareText, type Digest } from '@soupcon/model';

export interface KeptManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

interface KeptRepository {
  readonly manifests: Map<Digest, KeptManifest>;
  readonly tags: Map<string, Digest>;
  readonly blobs: Set<Digest>;
}

/**
 * What the registry of the demo keeps: manifests in memory, blobs as files under names that are checked digests. A blob
 * is kept once, and found only through the repositories that it was put into.
 */
export class RegistryContent {
  readonly #directory: string;
  readonly #repositories = new Map<string, KeptRepository>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  has(repository: string): boolean {
    return this.#repositories.has(repository);
  }

  blobPath(digest: Digest): string {
    return join(this.#directory, digest.slice('sha256:'.length));
  }

  addBlob(repository: string, digest: Digest): void {
    this.#open(repository).blobs.add(digest);
  }

  hasBlob(repository: string, digest: Digest): boolean {
    return this.#repositories.get(repository)?.blobs.has(digest) ?? false;
  }

  /** Bytes of a blob of the repository; null when it has none such. */
  async blobSize(repository: string, digest: Digest): Promise<number | null> {
    return this.hasBlob(repository, digest) ? (await stat(this.blobPath(digest))).size : null;
  }

  /** @param tag null when it is put under its digest alone. */
  putManifest(repository: string, manifest: KeptManifest, tag: string | null): void {
    const { manifests, tags } = this.#open(repository);
    manifests.set(manifest.digest, manifest);
    if (tag !== null) tags.set(tag, manifest.digest);
  }

  /** @param reference a tag or a digest. */
  manifest(repository: string, reference: string): KeptManifest | null {
    const kept = this.#repositories.get(repository);
    const digest = kept?.tags.get(reference) ?? (reference as Digest); // A key to look for: no other use is made of it.
    return kept?.manifests.get(digest) ?? null;
  }

  /** In lexical order, as the protocol wants them. */
  tags(repository: string): readonly string[] {
    return [...(this.#repositories.get(repository)?.tags.keys() ?? [])].sort(compareText);
  }

  #open(repository: string): KeptRepository {
    const known = this.#repositories.get(repository);
    if (known !== undefined) return known;
    const made = { manifests: new Map(), tags: new Map(), blobs: new Set<Digest>() };
    this.#repositories.set(repository, made);
    return made;
  }
}
