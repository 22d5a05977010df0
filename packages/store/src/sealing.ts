import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError, Secret } from '@soupcon/model';

/** Whose a sealed value is. It opens for no other registry and no other organization. */
export interface SealedFor {
  readonly organizationId: string;
  readonly registryId: string;
}

/**
 * Keeps secrets that are sent on later: AES-256-GCM under the operator's key. Both ways throw `secret_key_missing` when
 * there is no key, or not the one.
 */
export interface Sealer {
  seal(text: Secret, owner: SealedFor): Buffer;
  open(sealed: Uint8Array, owner: SealedFor): Secret;
}

/*
 * A sealed value: version, the key's id, nonce, ciphertext, tag. 2^32 values may be sealed with random nonces of 96 bits
 * before two of them may meet (NIST SP 800-38D, 8.3): far more than there are registries.
 */
const version = 1;
const [keyIdBytes, nonceBytes, tagBytes] = [8, 12, 16];
const headBytes = 1 + keyIdBytes + nonceBytes;
const algorithm = 'aes-256-gcm';
/** What the check value of a key is; nobody's, so that nothing else opens as it. */
const checkText = 'soupcon sealing key';

/** One key of 32 bytes, with what tells it from others without telling it. */
export interface SealingKey {
  readonly id: Buffer;
  readonly sealer: Sealer;
  /** To be kept, and held against the key at every start. */
  checkValue(): Buffer;
  opensCheckValue(value: Uint8Array): boolean;
}

/** @param key 32 bytes as base64. @throws {AppError} `config_invalid` for anything else. */
export function sealingKey(key: Secret): SealingKey {
  const bytes = Buffer.from(key.reveal(), 'base64');
  if (bytes.length !== 32)
    throw new AppError('config_invalid', { subject: 'the secret key is not 32 bytes in base64' });
  const id = createHash('sha256').update('soupcon sealing key id').update(bytes).digest().subarray(0, keyIdBytes);
  const seal = (text: string, associated: string) => sealWith({ bytes, id }, text, associated);
  const open = (sealed: Uint8Array, associated: string) => openWith({ bytes, id }, sealed, associated);
  return {
    id,
    sealer: {
      seal: (text, owner) => seal(text.reveal(), associatedTo(owner)),
      open(sealed, owner) {
        const text = open(sealed, associatedTo(owner));
        if (text === null) throw new AppError('secret_key_missing', { subject: `registry ${owner.registryId}` });
        return new Secret(text);
      },
    },
    checkValue: () => seal(checkText, ''),
    opensCheckValue: (value) => open(value, '') === checkText,
  };
}

/** Refuses: there is no key, or not the one that the stored values were sealed with. */
export const noSealer: Sealer = {
  seal: () => {
    throw new AppError('secret_key_missing');
  },
  open: (_, { registryId }) => {
    throw new AppError('secret_key_missing', { subject: `registry ${registryId}` });
  },
};

/** What is authenticated with a value: it cannot be moved to another row. */
function associatedTo({ organizationId, registryId }: SealedFor): string {
  return `${organizationId}/${registryId}`;
}

interface KeyBytes {
  readonly bytes: Buffer;
  readonly id: Buffer;
}

function sealWith({ bytes, id }: KeyBytes, text: string, associated: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, bytes, nonce).setAAD(Buffer.from(associated));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(version), id, nonce, sealed, cipher.getAuthTag()]);
}

/** Null when it was sealed with another key or for somebody else, or was changed. */
function openWith({ bytes, id }: KeyBytes, sealed: Uint8Array, associated: string): string | null {
  const value = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const isOurs = value[0] === version && value.subarray(1, 1 + keyIdBytes).equals(id);
  if (!isOurs || value.length < headBytes + tagBytes) return null;
  const decipher = createDecipheriv(algorithm, bytes, value.subarray(1 + keyIdBytes, headBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(associated)).setAuthTag(value.subarray(-tagBytes));
  const text = decipher.update(value.subarray(headBytes, -tagBytes));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null; // The tag does not fit: nothing of the text may be used.
  }
}
