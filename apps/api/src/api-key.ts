import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '@soupcon/model';

/**
 * `soupcon_`, 43 characters of base64url (256 random bits) and 6 of their CRC-32: whoever looks for leaked secrets knows
 * one by its form, and a mistyped one is told without asking the database.
 */
const pattern = /^soupcon_[A-Za-z0-9_-]{43}[A-Za-z0-9_-]{6}$/;
const shownCharacters = 'soupcon_'.length + 6;

export interface MintedKey {
  /** Shown once. */
  readonly key: Secret;
  /** Its first characters, to tell keys apart. */
  readonly prefix: string;
  readonly hash: Buffer;
}

export function mintApiKey(): MintedKey {
  const random = randomBytes(32).toString('base64url');
  const key = `soupcon_${random}${checksumOf(random)}`;
  return { key: new Secret(key), prefix: key.slice(0, shownCharacters), hash: sha256(key) };
}

/** SHA-256 of a key, as it is kept; null for a text that is none. */
export function hashOfApiKey(text: string): Buffer | null {
  if (!pattern.test(text)) return null;
  const random = text.slice('soupcon_'.length, -6);
  return checksumOf(random) === text.slice(-6) ? sha256(text) : null;
}

/** A random part of a hook's address. */
export function mintHookToken(): { readonly token: Secret; readonly hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token: new Secret(token), hash: sha256(token) };
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function checksumOf(random: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(random));
  return bytes.toString('base64url');
}
