import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AppError, type Logger, Secret, silentLogger } from '@soupcon/model';
import type { Credential, CredentialSource } from './auth.ts';
import { askHelper, type RunHelper, runHelper } from './credential-helper.ts';
import { type Fields, isFields, parseJson } from './shape.ts';

export interface DockerCredentialsOptions {
  /** The file `config.json` that `docker login` writes; that there is none is fine. */
  readonly configPath: string;
  readonly logger?: Logger;
  /** Executes credential helpers; tests put their own. */
  readonly run?: RunHelper;
}

/** Docker Hub's key in the file, from before registries had a version 2. */
const hubKey = 'https://index.docker.io/v1/';
const configBytesMax = 1024 * 1024;

/**
 * The credentials of `docker login`: for a registry its own helper, else the store for all, else what the file has.
 * A helper that fails is logged and counts as having none, so that public images can be pulled without it.
 * The file is read at the first question. @throws {AppError} `config_invalid` when it is not what docker writes.
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
export function dockerCredentials({
  configPath,
  logger = silentLogger,
  run = runHelper,
}: DockerCredentialsOptions): CredentialSource {
  let config: Promise<Fields> | undefined;
  return async (registry) => {
    config ??= readConfigFile(configPath);
    const { credHelpers, credsStore, auths } = await config;
    const key = registry === 'docker.io' ? hubKey : registry;
    const own = isFields(credHelpers) ? (credHelpers[key] ?? credHelpers[registry]) : undefined;
    const helper = typeof own === 'string' ? own : credsStore;
    if (typeof helper === 'string' && helper !== '') {
      const found = await askHelper(run, helper, key).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ helper, registry, reason }, 'credential helper failed');
        return null;
      });
      if (found !== null) return fromHelper(registry, found);
    }
    return isFields(auths) ? fromAuths(registry, auths) : null;
  };
}

async function readConfigFile(path: string): Promise<Fields> {
  const invalid = (why: string, cause?: unknown) =>
    new AppError('config_invalid', { subject: `${path} ${why}`, cause });
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) return {};
  if (found.size > configBytesMax) throw invalid(`has more than ${configBytesMax} bytes`);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw invalid('cannot be read', cause);
  });
  const body = bytes.length === 0 ? {} : parseJson(bytes);
  if (!isFields(body)) throw invalid('is not a JSON object');
  return body;
}

function fromHelper(registry: string, { username, secret }: { username: string; secret: Secret }): Credential {
  // Docker's convention for identity tokens.
  if (username === '<token>')
    return { kind: 'identity', id: idOf(registry, username, secret), username, token: secret };
  return { kind: 'basic', id: idOf(registry, username, secret), username, password: secret };
}

function fromAuths(registry: string, auths: Fields): Credential | null {
  const entry = findAuth(registry, auths);
  if (entry === null) return null;
  const { identitytoken, registrytoken } = entry;
  const { username, password } = usernameAndPassword(entry);
  if (typeof registrytoken === 'string' && registrytoken !== '') {
    const token = new Secret(registrytoken);
    return { kind: 'bearer', id: idOf(registry, '', token), token };
  }
  if (typeof identitytoken === 'string' && identitytoken !== '') {
    const token = new Secret(identitytoken);
    return { kind: 'identity', id: idOf(registry, username, token), username: username || '<token>', token };
  }
  if (username === '' || password === null) return null;
  return { kind: 'basic', id: idOf(registry, username, password), username, password };
}

/** The key as docker writes it, else any key of the same host: older tools wrote whole URLs. */
function findAuth(registry: string, auths: Fields): Fields | null {
  const exact = auths[registry === 'docker.io' ? hubKey : registry];
  if (isFields(exact)) return exact;
  const hosts = registry === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [registry];
  for (const [key, value] of Object.entries(auths)) {
    const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
    if (hosts.includes(host) && isFields(value)) return value;
  }
  return null;
}

function usernameAndPassword({ auth, username, password }: Fields): { username: string; password: Secret | null } {
  if (typeof auth === 'string' && auth !== '') {
    // Docker pads with NULs at the end, which are no part of the password.
    const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = text.indexOf(':');
    if (colon > 0) return { username: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) };
  }
  const plain = typeof password === 'string' && password !== '' ? new Secret(password) : null;
  return { username: typeof username === 'string' ? username : '', password: plain };
}

/** Tells credentials apart without telling what they are. */
function idOf(registry: string, username: string, secret: Secret): string {
  return createHash('sha256')
    .update(JSON.stringify([registry, username, secret.reveal()]))
    .digest('base64url');
}
