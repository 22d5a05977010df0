import { createHash } from 'node:crypto';
import { AppError } from './errors.ts';

declare const digestBrand: unique symbol;
/** Content address of a blob: `sha256:` and 64 lowercase hex digits, 71 characters. */
export type Digest = string & { readonly [digestBrand]: true };

/**
 * The only identity of a manifest, configuration or layer; tags are labels.
 * @throws {AppError} `digest_malformed` for any other text; other algorithms are refused until a registry needs one.
 * @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new AppError('digest_malformed', { subject: JSON.stringify(text.slice(0, 100)) });
  return text;
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest of bytes held in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return digestFromHex(createHash('sha256').update(bytes).digest('hex'));
}

/** From the 64 hex digits that a SHA-256 hash object yields. */
export function digestFromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}
