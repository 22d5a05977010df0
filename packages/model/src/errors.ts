/**
 * Every way an operation can end without completing. `status` is the HTTP status a route answers, `retry` what a job
 * does, `message` the public text, `remedy` what the reader can do. Routes, jobs and the command line read this table
 * and never decide again.
 */
export const errorTable = {
  usage: { status: 400, retry: 'never', message: 'The command cannot be understood', remedy: 'See `soupcon --help`.' },
  config_invalid: {
    status: 500,
    retry: 'never',
    message: 'The configuration is invalid',
    remedy: 'Correct the settings named.',
  },
  digest_malformed: {
    status: 400,
    retry: 'never',
    message: 'Not a sha256 digest',
    remedy: 'A digest is `sha256:` and 64 lowercase hex digits.',
  },
  platform_malformed: {
    status: 400,
    retry: 'never',
    message: 'Not a platform',
    remedy: 'A platform is `os/architecture` or `os/architecture/variant`, such as linux/arm64.',
  },
  platform_not_found: {
    status: 404,
    retry: 'never',
    message: 'The image has no such platform',
    remedy: 'Choose one of the platforms listed with --platform.',
  },
  purl_malformed: {
    status: 400,
    retry: 'never',
    message: 'Not a package URL',
    remedy: 'A package URL is `pkg:type/namespace/name@version?qualifiers`.',
  },
  version_scheme_unknown: {
    status: 400,
    retry: 'never',
    message: 'No such version scheme',
    remedy: 'Use one of the schemes listed.',
  },
  source_not_found: {
    status: 404,
    retry: 'never',
    message: 'Nothing is there to scan',
    remedy: 'Check the path or the reference.',
  },
  source_ambiguous: {
    status: 400,
    retry: 'never',
    message: 'Several images are there',
    remedy: 'Name one of those listed, behind a colon.',
  },
  source_unreadable: {
    status: 422,
    retry: 'never',
    message: 'The image cannot be read',
    remedy: 'Check that the file or directory is readable and of the kind named.',
  },
  sbom_malformed: {
    status: 422,
    retry: 'never',
    message: 'Not a bill of materials that can be read',
    remedy: 'CycloneDX JSON is understood.',
  },
  manifest_malformed: {
    status: 422,
    retry: 'never',
    message: 'The image manifest is malformed',
    remedy: 'Push the image again with a current tool.',
  },
  manifest_unsupported: {
    status: 422,
    retry: 'never',
    message: 'This is not a container image that can be scanned',
    remedy: 'Only images with an image configuration and file system layers are scanned.',
  },
  config_malformed: {
    status: 422,
    retry: 'never',
    message: 'The image configuration is malformed',
    remedy: 'Push the image again with a current tool.',
  },
  blob_missing: {
    status: 422,
    retry: 'never',
    message: 'A part of the image is missing',
    remedy: 'Push the image again.',
  },
  blob_digest_mismatch: {
    status: 422,
    retry: 'never',
    message: 'A part of the image is not what its digest says',
    remedy: 'The bytes were changed or damaged: push the image again.',
  },
  blob_size_mismatch: {
    status: 422,
    retry: 'never',
    message: 'A part of the image does not have the size its manifest says',
    remedy: 'The bytes were changed or damaged: push the image again.',
  },
  layer_diff_id_mismatch: {
    status: 422,
    retry: 'never',
    message: 'The content of a layer is not what the image configuration says',
    remedy: 'The image was assembled wrongly: build and push it again.',
  },
  layer_corrupt: {
    status: 422,
    retry: 'never',
    message: 'A layer cannot be decompressed',
    remedy: 'The bytes are damaged or cut off: push the image again.',
  },
  layer_not_tar: {
    status: 422,
    retry: 'never',
    message: 'A layer is not a tar archive',
    remedy: 'Only file system layers are scanned: build and push the image again.',
  },
  reference_malformed: {
    status: 400,
    retry: 'never',
    message: 'Not an image reference',
    remedy: 'A reference is `[registry/]repository[:tag][@digest]` in lower case.',
  },
  image_not_found: {
    status: 404,
    retry: 'never',
    message: 'The registry has no such image',
    remedy: 'Check the name and the tag; a private repository may also answer this without credentials.',
  },
  access_denied: {
    status: 403,
    retry: 'never',
    message: 'The registry denies access',
    remedy: 'Log in with `docker login`, or check that these credentials may pull from this repository, or push to it.',
  },
  registry_unavailable: {
    status: 502,
    retry: 'backoff',
    message: 'The registry did not answer',
    remedy: 'Try again later, or check the host name, the network and the proxy settings.',
  },
  registry_rate_limited: {
    status: 429,
    retry: 'backoff',
    message: 'The registry allows no more requests for now',
    remedy: 'Wait, or pull with credentials that have a higher limit.',
  },
  registry_protocol: {
    status: 502,
    retry: 'never',
    message: 'The registry gave an answer that is not of the distribution protocol',
    remedy: 'Check that the host is a container registry and that no proxy answers in its place.',
  },
  push_refused: {
    status: 422,
    retry: 'never',
    message: 'The registry does not take what was pushed',
    remedy: 'See what it says: the repository may have to be created first, be for reading only, or keep its tags.',
  },
  push_too_large: {
    status: 413,
    retry: 'never',
    message: 'The registry takes nothing this large',
    remedy: 'Raise the limit of the registry, or of the proxy in front of it.',
  },
  webhook_malformed: {
    status: 400,
    retry: 'never',
    message: 'The delivery is not of the format of this webhook',
    remedy: 'Point the registry at the address of a connection of its own kind.',
  },
  address_forbidden: {
    status: 403,
    retry: 'never',
    message: 'Requests to this address are not allowed',
    remedy: 'Private, loopback and link-local addresses are reached only where they are explicitly allowed.',
  },
  redirect_refused: {
    status: 502,
    retry: 'never',
    message: 'A redirect was refused',
    remedy: 'The server redirects too often or to a place that is not allowed.',
  },
  response_too_large: {
    status: 502,
    retry: 'never',
    message: 'An answer is larger than the limit',
    remedy: 'The server sends more than this kind of document may have.',
  },
  request_timeout: {
    status: 504,
    retry: 'backoff',
    message: 'A request took too long',
    remedy: 'Try again later, or raise the timeout.',
  },
  request_failed: {
    status: 502,
    retry: 'backoff',
    message: 'A request failed',
    remedy: 'Check the address, the network and the proxy settings.',
  },
  advisories_unavailable: {
    status: 503,
    retry: 'backoff',
    message: 'The advisories cannot be read',
    remedy: 'The place must be laid out as the public OSV bucket: <Ecosystem>/all.zip.',
  },
  advisories_shrunk: {
    status: 409,
    retry: 'never',
    message: 'The advisories have become far fewer and were not taken over',
    remedy: 'If that is meant, import them with --force.',
  },
  zip_malformed: {
    status: 422,
    retry: 'never',
    message: 'Not a zip archive that can be read',
    remedy: 'Download or build the archive again.',
  },
  deadline_exceeded: {
    status: 504,
    retry: 'never',
    message: 'The work was ended at its deadline',
    remedy: 'The image is too large or made to be slow.',
  },
  aborted: { status: 499, retry: 'never', message: 'The work was stopped', remedy: 'Start it again.' },
  worker_failed: {
    status: 500,
    retry: 'backoff',
    message: 'A worker thread ended unexpectedly',
    remedy: 'It may have met its memory limit; the layer named was not read.',
  },
  data_directory_unusable: {
    status: 500,
    retry: 'never',
    message: 'The data directory cannot be used',
    remedy: 'Check the path, its permissions and the free space.',
  },
  embedded_unavailable: {
    status: 500,
    retry: 'never',
    message: 'The embedded Postgres cannot run on this machine',
    remedy: 'Set DATABASE_URL to a Postgres server.',
  },
  embedded_busy: {
    status: 500,
    retry: 'never',
    message: 'The data directory is in use',
    remedy: 'Stop the process that uses it, or choose another directory.',
  },
  embedded_not_running: {
    status: 503,
    retry: 'never',
    message: 'No server runs in the data directory',
    remedy: 'Start it with `soupcon serve`, or check the directory.',
  },
  embedded_version: {
    status: 500,
    retry: 'never',
    message: 'The data directory is of another major version of Postgres',
    remedy: 'Use the version of Soupcon that wrote it, or another directory; nothing was changed.',
  },
  embedded_failed: {
    status: 500,
    retry: 'never',
    message: 'The embedded Postgres failed',
    remedy: 'The last lines of its log say why; or set DATABASE_URL to a Postgres server.',
  },
  output_unwritable: {
    status: 500,
    retry: 'never',
    message: 'The output cannot be written',
    remedy: 'Check the path and its permissions.',
  },
  database_unavailable: {
    status: 503,
    retry: 'backoff',
    message: 'The database does not answer',
    remedy: 'Check that Postgres runs and that DATABASE_URL leads to it; what was asked for is tried again.',
  },
  database_refused: {
    status: 503,
    retry: 'never',
    message: 'The database refuses',
    remedy: 'DATABASE_URL must name a user that owns the database and may create roles (CREATEROLE).',
  },
  schema_newer: {
    status: 503,
    retry: 'never',
    message: 'The database was brought up to date by a newer version of this program',
    remedy: 'Start that version, or restore the database as it was before.',
  },
  schema_changed: {
    status: 503,
    retry: 'never',
    message: 'The migrations are not those that made the database',
    remedy: 'Restore the files in migrations/ as they were released.',
  },
  request_invalid: {
    status: 400,
    retry: 'never',
    message: 'The request is invalid',
    remedy: 'Correct the fields named; /docs describes each route.',
  },
  unauthenticated: {
    status: 401,
    retry: 'never',
    message: 'Not authenticated',
    remedy: 'Send `Authorization: Bearer <api key>` with a key that is neither expired nor revoked.',
  },
  not_found: {
    status: 404,
    retry: 'never',
    message: 'There is no such thing',
    remedy: 'Check the address and its ids.',
  },
  conflict: {
    status: 409,
    retry: 'never',
    message: 'The request does not fit the present state',
    remedy: 'Read the state again and decide anew.',
  },
  repository_not_scanned: {
    status: 409,
    retry: 'never',
    message: 'The repository is not opted in',
    remedy: 'Opt in with PUT /v1/repositories/{id}/scanning.',
  },
  body_too_large: { status: 413, retry: 'never', message: 'The request is too large', remedy: 'Send less at once.' },
  media_type_unsupported: {
    status: 415,
    retry: 'never',
    message: 'The request has a content type that is not taken here',
    remedy: 'Send JSON, or what the registry itself sends to this address.',
  },
  not_ready: {
    status: 503,
    retry: 'backoff',
    message: 'The service cannot serve yet',
    remedy: 'Its database must be reachable and brought up to date; the log says what is missing.',
  },
  too_many_requests: {
    status: 429,
    retry: 'backoff',
    message: 'Too many requests',
    remedy: 'Wait as Retry-After says.',
  },
  secret_key_missing: {
    status: 503,
    retry: 'never',
    message: 'Secrets cannot be sealed or opened',
    remedy: 'Set SOUPCON_SECRET_KEY to the key they were sealed with (32 bytes, base64).',
  },
  scan_interrupted: {
    status: 500,
    retry: 'backoff',
    message: 'The worker ended during the scan',
    remedy: 'It may have met its memory limit; ask for the scan again.',
  },
  scan_superseded: {
    status: 409,
    retry: 'never',
    message: 'A later scan of the same tag takes its place',
    remedy: 'Follow the later scan.',
  },
  unexpected_fault: {
    status: 500,
    retry: 'backoff',
    message: 'A fault of this program',
    remedy: 'Its log says what happened; please report it.',
  },
  queue_unavailable: {
    status: 503,
    retry: 'backoff',
    message: 'The queue does not answer',
    remedy: 'Check that Redis runs and that REDIS_URL leads to it; the ledger keeps what was asked for.',
  },
} as const satisfies Record<string, { status: number; retry: 'never' | 'backoff'; message: string; remedy: string }>;

export type ErrorCode = keyof typeof errorTable;

/** An operation that did not complete. Logged or shown once, where it stops; `cause` is kept. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  /** The thing it is about, for people: a reference, a digest, a path, with what was expected and what was there. */
  readonly subject: string | null;
  /** Facts for programs and logs; never secrets. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    { subject, cause, detail = {} }: { subject?: string; cause?: unknown; detail?: Record<string, unknown> } = {},
  ) {
    const { message } = errorTable[code];
    super(
      subject === undefined ? `${message}.` : `${message}: ${subject}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.subject = subject ?? null;
    this.detail = detail;
  }

  get remedy(): string {
    return errorTable[this.code].remedy;
  }

  /** A plain object that crosses threads; {@link AppError.fromTransfer} makes the error again. */
  toTransfer(): TransferredError {
    return { code: this.code, subject: this.subject, detail: this.detail };
  }

  static fromTransfer({ code, subject, detail }: TransferredError): AppError {
    return new AppError(code, { ...(subject === null ? {} : { subject }), detail: { ...detail } });
  }
}

export interface TransferredError {
  readonly code: ErrorCode;
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}
