import { AppError, type Descriptor, type Logger } from '@soupcon/model';
import { abortedBy, backoffMs, type NetResponse, type Retry, type Timing } from '@soupcon/net';
import { type Caller, nameOf, type Repository } from './call.ts';

export interface BlobOptions {
  readonly call: Caller;
  readonly retry: Retry;
  readonly timing: Timing;
  readonly logger: Logger;
}

/** Cuts are forgiven as long as each try gets on; a server that cuts for ever is given up. */
const progressBytes = 1024 * 1024;
const cutsMax = 100;

/**
 * Opens a blob. The first answer is awaited, so that a missing blob is told here; cuts after it are mended by asking
 * the registry (never an old redirect, whose signature may have run out) for the rest.
 */
export async function readBlob(
  options: BlobOptions,
  repository: Repository,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const first = await openAt(options.call, repository, descriptor, 0, signal);
  return deliver(options, repository, descriptor, signal, first);
}

async function* deliver(
  { call, retry, timing, logger }: BlobOptions,
  repository: Repository,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
  first: OpenedBlob,
): AsyncGenerator<Uint8Array> {
  const { digest, size } = descriptor;
  const name = nameOf(repository, digest);
  let opened = first;
  let delivered = 0;
  for (let cuts = 1, failures = 0, mark = 0; ; cuts++) {
    let failure: unknown = null;
    try {
      for await (const chunk of remainder(opened, delivered)) {
        delivered += chunk.byteLength;
        if (delivered > size) throw wrongSize(name, `more than the ${size} bytes`, size);
        yield chunk;
      }
      if (delivered === size) return;
      if (opened.framed) throw wrongSize(name, `${delivered} bytes instead of the ${size}`, size);
    } catch (error) {
      if (!isCut(error) || signal?.aborted) throw error;
      failure = error;
    }
    failures = delivered - mark >= progressBytes ? 1 : failures + 1;
    mark = delivered;
    if (failures >= retry.attempts || cuts > cutsMax) throw givenUp(failure, name, delivered, size);
    const waitMs = backoffMs(failures, retry, timing.random());
    logger.debug({ digest, delivered, size, failures, waitMs }, 'blob resume');
    await timing.sleep(waitMs, signal).catch((error: unknown) => {
      throw signal?.aborted ? abortedBy(signal, name) : error;
    });
    opened = await openAt(call, repository, descriptor, delivered, signal);
  }
}

/** `start` is the offset of the body's first byte. `framed`: the answer's end is its own word, not a lost connection. */
interface OpenedBlob {
  readonly response: NetResponse;
  readonly start: number;
  readonly framed: boolean;
}

async function openAt(
  call: Caller,
  repository: Repository,
  { digest, size }: Descriptor,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<OpenedBlob> {
  const name = nameOf(repository, digest);
  const response = await call(repository, {
    method: 'GET',
    path: `blobs/${digest}`,
    headers: offset === 0 ? {} : { range: `bytes=${offset}-` },
    bytesMax: Number.MAX_SAFE_INTEGER,
    signal,
    endless: true,
    name,
    missing: 'blob_missing',
  }).catch((error: unknown) => {
    const { status } = error instanceof AppError ? error.detail : {};
    throw status === 416 ? wrongSize(name, `no more than ${offset} bytes instead of the ${size}`, size) : error;
  });
  const length = response.headers.get('content-length');
  const framed = length !== null || response.headers.get('transfer-encoding') !== null;
  try {
    const start = response.status === 206 ? rangeStart(response, offset, size, name) : 0;
    if (length !== null && start + Number(length) !== size)
      throw wrongSize(name, `${start + Number(length)} bytes instead of the ${size}`, size);
    return { response, start, framed };
  } catch (error) {
    await response.discard();
    throw error;
  }
}

/** @throws {AppError} `registry_protocol` for a part that was not asked for, `blob_size_mismatch` for another total. */
function rangeStart({ headers }: NetResponse, offset: number, size: number, name: string): number {
  const range = headers.get('content-range') ?? '';
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(range.trim()) ?? [];
  if (Number(first) !== offset) {
    throw new AppError('registry_protocol', {
      subject: `${name}: asked for bytes from ${offset} on, it sent "${range.slice(0, 60)}"`,
    });
  }
  if (total !== '*' && Number(total) !== size) throw wrongSize(name, `${total} bytes instead of the ${size}`, size);
  return offset;
}

/** What was not delivered yet: after a 200, which begins anew, the rest of it. */
async function* remainder({ response, start }: OpenedBlob, delivered: number): AsyncGenerator<Uint8Array> {
  let at = start;
  for await (const chunk of response.body) {
    const skip = Math.min(chunk.byteLength, Math.max(0, delivered - at));
    at += chunk.byteLength;
    if (skip < chunk.byteLength) yield skip === 0 ? chunk : chunk.subarray(skip);
  }
}

/** A body that broke off. That no new one could be opened is not: those tries were made already. */
function isCut(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'request_failed' || error.code === 'request_timeout');
}

function wrongSize(name: string, found: string, size: number): AppError {
  return new AppError('blob_size_mismatch', { subject: `${name} has ${found} its manifest says`, detail: { size } });
}

function givenUp(failure: unknown, name: string, delivered: number, size: number): AppError {
  if (failure === null) return wrongSize(name, `${delivered} bytes instead of the ${size}`, size);
  const reason = failure instanceof AppError ? (failure.subject ?? failure.message) : String(failure);
  return new AppError('registry_unavailable', {
    subject: `${name}, cut off after ${delivered} bytes: ${reason}`,
    cause: failure,
  });
}
