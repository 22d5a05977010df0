import { createHash } from 'node:crypto';
import { AppError, type Digest, digestFromHex, digestOf, isDigest } from '@soupcon/model';
import type { NetResponse, Retry, Timing } from '@soupcon/net';
import { again } from './again.ts';
import { type Caller, nameOf, type Repository } from './call.ts';
import { manifestLimits } from './manifest.ts';
import { hasBlob } from './pull.ts';
import { oneLine } from './shape.ts';

/** Bytes to be pushed under their digest. They are read once for each try. */
export interface PushedBlob {
  readonly digest: Digest;
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

export interface PushedManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface PushOptions {
  readonly call: Caller;
  readonly retry: Retry;
  readonly timing: Timing;
}

/** Where the registry keeps it: `present` before, `mounted` from another repository, or `sent` now. */
export type PushOutcome = 'present' | 'mounted' | 'sent';

/** A registry may move the bytes to where it keeps them before it answers. */
const commitMs = 5 * 60_000;
const answerBytesMax = 64 * 1024;

/**
 * Puts a blob into a repository, unless it has it. An upload that is cut is begun anew.
 * @param from another repository of the same registry that may have it: then nothing is sent.
 * @throws {AppError} `push_refused`, `push_too_large`, `blob_digest_mismatch` and `blob_size_mismatch` when the bytes are
 * not those of the digest, and the errors of every request.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 */
export async function pushBlob(
  { call, retry, timing }: PushOptions,
  repository: Repository,
  blob: PushedBlob,
  { from, signal }: { from?: string | undefined; signal?: AbortSignal | undefined },
): Promise<PushOutcome> {
  const name = nameOf(repository, blob.digest);
  if (await hasBlob(call, repository, blob.digest, signal, 'pull,push')) return 'present';
  return again(
    async () => {
      const started = await startUpload(call, repository, blob.digest, from, signal);
      if (started.status === 201) return 'mounted';
      await sendBlob(call, repository, blob, uploadUrl(started, repository, blob.digest), signal);
      return 'sent';
    },
    { retry, timing, signal, name },
  );
}

async function startUpload(
  call: Caller,
  repository: Repository,
  digest: Digest,
  from: string | undefined,
  signal: AbortSignal | undefined,
): Promise<NetResponse> {
  const mount = from === undefined ? '' : `?${new URLSearchParams({ mount: digest, from })}`;
  const response = await call(repository, {
    method: 'POST',
    path: `blobs/uploads/${mount}`,
    success: from === undefined ? [202] : [201, 202],
    access: 'pull,push',
    from,
    bytesMax: answerBytesMax,
    signal,
    name: nameOf(repository, digest),
    missing: 'push_refused',
  });
  await response.discard();
  return response;
}

/**
 * Where the bytes go: the place that the registry names, relative or absolute, with the digest added to its query. Behind
 * a proxy it may name its own host by http; then the way we came is the right one.
 */
function uploadUrl({ url, headers }: NetResponse, repository: Repository, digest: Digest): URL {
  const location = headers.get('location');
  const refuse = (why: string) =>
    new AppError('registry_protocol', { subject: `${nameOf(repository, digest)}: its place for the upload ${why}` });
  if (location === null || !URL.canParse(location, url.href)) throw refuse('is none');
  const to = new URL(location, url.href);
  if (to.host === url.host) to.protocol = url.protocol;
  if (url.protocol === 'https:' && to.protocol !== 'https:') {
    throw refuse(`is not reached by https: ${oneLine(to.origin, 100)}`);
  }
  // Put behind what is there as it is: a query that was written anew may be another one.
  to.search += `${to.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
  return to;
}

async function sendBlob(
  call: Caller,
  repository: Repository,
  blob: PushedBlob,
  path: URL,
  signal: AbortSignal | undefined,
): Promise<void> {
  const name = nameOf(repository, blob.digest);
  const response = await call(repository, {
    method: 'PUT',
    path,
    headers: { 'content-type': 'application/octet-stream' },
    body: () => ({ stream: verified(blob, name), size: blob.size }),
    success: [201, 204],
    access: 'pull,push',
    bytesMax: answerBytesMax,
    signal,
    endless: true,
    answerMs: commitMs,
    name,
    missing: 'push_refused',
  });
  await response.discard();
  verifyAnswer(response, blob.digest, name);
}

/**
 * The bytes of a blob, hashed on their way. The last piece is held back until they are known to be those of the digest, so
 * that others are never sent whole.
 */
async function* verified(blob: PushedBlob, name: string): AsyncGenerator<Uint8Array> {
  const { digest, size } = blob;
  const hash = createHash('sha256');
  let total = 0;
  let held: Uint8Array | null = null;
  for await (const piece of blob.open()) {
    hash.update(piece);
    total += piece.byteLength;
    if (total > size) throw new AppError('blob_size_mismatch', { subject: `${name} has more than ${size} bytes` });
    if (held !== null) yield held;
    held = piece;
  }
  if (total !== size) {
    throw new AppError('blob_size_mismatch', { subject: `${name} has ${total} bytes instead of ${size}` });
  }
  const found = digestFromHex(hash.digest('hex'));
  if (found !== digest) throw new AppError('blob_digest_mismatch', { subject: `${name} is ${found}` });
  if (held !== null) yield held;
}

/**
 * Puts a manifest under a tag or under its digest, after everything it lists.
 * @returns its digest. @throws {AppError} as {@link pushBlob}.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests
 */
export async function pushManifest(
  { call, retry, timing }: PushOptions,
  repository: Repository,
  reference: string,
  { mediaType, bytes }: PushedManifest,
  signal: AbortSignal | undefined,
): Promise<Digest> {
  const name = nameOf(repository, reference);
  const digest = digestOf(bytes);
  if (isDigest(reference) && reference !== digest) {
    throw new AppError('blob_digest_mismatch', { subject: `${name} is ${digest}` });
  }
  if (bytes.byteLength > manifestLimits.bytesMax) {
    throw new AppError('push_too_large', { subject: `${name}: more than ${manifestLimits.bytesMax} bytes` });
  }
  const put = async () => {
    const response = await call(repository, {
      method: 'PUT',
      path: `manifests/${reference}`,
      headers: { 'content-type': mediaType },
      body: () => bytes,
      success: [201, 202],
      access: 'pull,push',
      bytesMax: answerBytesMax,
      signal,
      answerMs: commitMs,
      name,
      missing: 'push_refused',
    });
    await response.discard();
    verifyAnswer(response, digest, name);
    return digest;
  };
  return again(put, { retry, timing, signal, name });
}

/** The registry says under which digest it keeps what it was given; one of another kind says nothing. */
function verifyAnswer({ headers }: NetResponse, digest: Digest, name: string): void {
  const said = headers.get('docker-content-digest')?.trim();
  if (!isDigest(said) || said === digest) return;
  throw new AppError('blob_digest_mismatch', { subject: `${name}: the registry keeps it as ${said}` });
}
