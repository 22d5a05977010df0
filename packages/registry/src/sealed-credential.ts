import { AppError, Secret } from '@soupcon/model';
import type { Credential } from './auth.ts';
import { isFields, parseJson } from './shape.ts';

/** What an organization gives for a registry of its own: a user with a password or token, or a ready access token. */
export type GivenCredential = { readonly username: string; readonly password: Secret } | { readonly token: Secret };

/** The text to be sealed; {@link readCredential} reads it. */
export function writeCredential(given: GivenCredential): Secret {
  const plain =
    'token' in given
      ? { token: given.token.reveal() }
      : { username: given.username, password: given.password.reveal() };
  return new Secret(JSON.stringify(plain));
}

/**
 * @param id tells it apart in the token cache: the id of the registry connection it was given for.
 * @throws {AppError} `secret_key_missing` when it is not what {@link writeCredential} wrote.
 */
export function readCredential(text: Secret, id: string): Credential {
  const fields = parseJson(Buffer.from(text.reveal()));
  if (isFields(fields)) {
    const { token, username, password } = fields;
    if (typeof token === 'string') return { kind: 'bearer', id, token: new Secret(token) };
    if (typeof username === 'string' && typeof password === 'string') {
      return { kind: 'basic', id, username, password: new Secret(password) };
    }
  }
  throw new AppError('secret_key_missing', { subject: `the credentials of registry ${id}` });
}
