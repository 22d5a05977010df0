import { createHash } from 'node:crypto';
import { AppError, type Digest, digestOf, isDigest } from '@soupcon/model';
import { asRegistryError, type Caller, nameOf, type Repository } from './call.ts';
import { manifestLimits } from './manifest.ts';
import { bareMediaType, manifestAccept } from './media-types.ts';

/** A manifest as it was sent; `mediaType` is the `Content-Type`, null when there was none. */
export interface ManifestDocument {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string | null;
}

/** Reads a manifest whole and holds its bytes against every digest known for it. */
export async function readManifest(
  call: Caller,
  repository: Repository,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ManifestDocument> {
  const subject = nameOf(repository, name);
  const response = await call(repository, {
    method: 'GET',
    path: `manifests/${name}`,
    headers: { accept: manifestAccept },
    bytesMax: manifestLimits.bytesMax,
    signal,
    name: subject,
    missing: 'image_not_found',
  });
  const bytes = await asRegistryError(response.bytes());
  const mediaType = response.headers.get('content-type');
  refuseOtherThanJson(bytes, mediaType, subject);
  const digest = digestOf(bytes);
  if (isDigest(name) && name !== digest)
    throw new AppError('blob_digest_mismatch', { subject: `${subject} is ${digest}` });
  verifyContentDigest(bytes, response.headers.get('docker-content-digest'), subject);
  return { bytes, digest, mediaType };
}

function refuseOtherThanJson(bytes: Uint8Array, mediaType: string | null, subject: string): void {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  if (start.startsWith('{')) return;
  const what = start.startsWith('<')
    ? 'a web page'
    : bytes.length === 0
      ? 'nothing'
      : `text of the type ${mediaType ?? 'unknown'}`;
  throw new AppError('registry_protocol', { subject: `${subject}: ${what} instead of a manifest` });
}

/** Digests of other kinds than those that can be verified say nothing. */
function verifyContentDigest(bytes: Uint8Array, header: string | null, subject: string): void {
  const [, algorithm, hex] = /^(sha256|sha512):([0-9a-f]{64,128})$/.exec(header?.trim() ?? '') ?? [];
  if (algorithm === undefined || createHash(algorithm).update(bytes).digest('hex') === hex) return;
  throw new AppError('blob_digest_mismatch', { subject: `${subject} is not ${header?.trim()}, as the registry says` });
}

/** What a tag stands for. `mediaType` is the registry's word, without parameters; null when it says none. */
export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string | null;
}

/**
 * Asks what a tag stands for without taking it. A registry that does not say it in its headers is asked for the manifest
 * itself, whose bytes do.
 */
export async function headManifest(
  call: Caller,
  repository: Repository,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ManifestHead> {
  const response = await call(repository, {
    method: 'HEAD',
    path: `manifests/${name}`,
    headers: { accept: manifestAccept },
    bytesMax: manifestLimits.bytesMax,
    signal,
    name: nameOf(repository, name),
    missing: 'image_not_found',
  });
  await response.discard();
  const said = response.headers.get('docker-content-digest')?.trim();
  const type = (contentType: string | null) => (contentType === null ? null : bareMediaType(contentType));
  if (isDigest(said) && !(isDigest(name) && name !== said)) {
    return { digest: said, mediaType: type(response.headers.get('content-type')) };
  }
  const { digest, mediaType } = await readManifest(call, repository, name, signal);
  return { digest, mediaType: type(mediaType) };
}

export async function hasBlob(
  call: Caller,
  repository: Repository,
  digest: Digest,
  signal: AbortSignal | undefined,
  access: 'pull' | 'pull,push' = 'pull',
): Promise<boolean> {
  try {
    const response = await call(repository, {
      method: 'HEAD',
      path: `blobs/${digest}`,
      bytesMax: 0,
      access,
      signal,
      name: nameOf(repository, digest),
      missing: 'blob_missing',
    });
    await response.discard();
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'blob_missing') return false;
    throw error;
  }
}
