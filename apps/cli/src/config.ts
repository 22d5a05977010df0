import { readFileSync } from 'node:fs';
import { AppError } from '@soupcon/model';

/** What the environment says. This file alone reads it. */
export interface Config {
  /** Directory or URL of advisories, laid out as the public OSV bucket. */
  readonly advisories: string | null;
  readonly color: boolean;
  /** Directory of Docker's `config.json`; null is the usual one. */
  readonly dockerConfigDirectory: string | null;
  readonly proxy: { readonly http?: string; readonly https?: string; readonly no?: string };
  /** PEM texts of authorities that are trusted beside the usual ones. */
  readonly certificates: readonly string[];
  /** `host` or `host:port` of registries that are spoken to without TLS. */
  readonly insecureRegistries: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const processEnvironment: Environment = process.env;

/** Whether errors are shown with their stack: SOUPCON_DEBUG is set to anything but `0`. */
export function isDebug(environment: Environment): boolean {
  return !['', '0'].includes(environment['SOUPCON_DEBUG'] ?? '');
}

/** @throws {AppError} `config_invalid` with every fault there is, not just the first. */
export function readConfig(environment: Environment): Config {
  const faults: string[] = [];
  const fault = (text: string) => {
    faults.push(text);
    return null;
  };
  const config: Config = {
    advisories: readAdvisories(environment, fault),
    color: !environment['NO_COLOR'],
    dockerConfigDirectory: environment['DOCKER_CONFIG'] || null,
    proxy: readProxy(environment, fault),
    certificates: ['SSL_CERT_FILE', 'SOUPCON_CA_FILE'].flatMap((name) => readCertificates(name, environment, fault)),
    insecureRegistries: readHosts('SOUPCON_INSECURE_REGISTRIES', environment, fault),
  };
  if (faults.length > 0) throw new AppError('config_invalid', { subject: faults.join('; ') });
  return config;
}

type Fault = (text: string) => null;

function readAdvisories(environment: Environment, fault: Fault): string | null {
  const text = environment['SOUPCON_ADVISORIES_URL'] || null;
  if (text === null || !text.includes('://') || isHttp(text)) return text;
  return fault(`SOUPCON_ADVISORIES_URL is neither an http or https URL nor a directory: ${shown(text)}`);
}

/** Names are read in both cases, the lower one first, as curl does. A proxy without a scheme is spoken to over http. */
function readProxy(environment: Environment, fault: Fault): Config['proxy'] {
  const either = (name: string) => environment[name.toLowerCase()] || environment[name] || '';
  const url = (name: string) => {
    const text = either(name);
    if (text === '') return null;
    const full = text.includes('://') ? text : `http://${text}`;
    return isHttp(full) ? full : fault(`${name} is not an http or https URL`); // It may hold a password: not shown.
  };
  const [http, https, no] = [url('HTTP_PROXY'), url('HTTPS_PROXY'), either('NO_PROXY')];
  return { ...(http ? { http } : {}), ...(https ? { https } : {}), ...(no ? { no } : {}) };
}

function readCertificates(name: string, environment: Environment, fault: Fault): string[] {
  const path = environment[name];
  if (!path) return [];
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN ')) return [text];
    fault(`${name} names a file without a PEM certificate: ${shown(path)}`);
  } catch (error) {
    fault(`${name} names a file that cannot be read: ${shown(path)} (${codeOf(error)})`);
  }
  return [];
}

function readHosts(name: string, environment: Environment, fault: Fault): string[] {
  const hosts = (environment[name] ?? '')
    .split(',')
    .map((host) => host.trim())
    .filter(Boolean);
  for (const host of hosts)
    if (!isHost(host)) fault(`${name} has an entry that is not host or host:port: ${shown(host)}`);
  return hosts;
}

/** `host`, `host:port`, `[address]` or `[address]:port`. */
export function isHost(text: string): boolean {
  return /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(text);
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

/** `ENOENT` and the like; never the message, which would repeat the path. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';
}
