import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Label } from '@soupcon/label';
import { freePort, push, type RealRegistry, run, startRealRegistry } from '@soupcon/registry/testing';
import { migrate, schemaHash } from '@soupcon/store';
import { testDatabase } from '@soupcon/store/testing';
import {
  type Connected,
  createKey,
  type Repository,
  ServiceApi,
  serviceEnvironment,
  startReady,
} from './running-service.ts';
import { until } from './service.ts';
import { makePlace, type Place, soupcon } from './soupcon.ts';

/** What a scene stands on that the tests do not touch. */
interface Parts {
  readonly place: Place;
  readonly api: ServiceApi;
  readonly connected: Connected;
  readonly registry: RealRegistry;
  readonly advisories: string;
  close(): Promise<void>;
}

const account = { username: 'pusher', password: 'a password' };

/**
 * A registry that asks for a password and notifies a service of pushes, and the service, with advisories in its store.
 * The tests push as people do, and ask as people do.
 */
export class PushScene {
  readonly place: Place;
  readonly api: ServiceApi;
  readonly host: string;
  readonly registry: RealRegistry;
  readonly user = `${account.username}:${account.password}`;
  readonly close: () => Promise<void>;
  readonly #connected: Connected;
  readonly #advisories: string;

  /** @param writeAdvisories given a directory, fills it like the public bucket. */
  static async open(writeAdvisories: (target: string) => Promise<unknown>): Promise<PushScene> {
    const closers: (() => Promise<unknown>)[] = [];
    const close = async () => {
      for (const closeOne of closers.splice(0).reverse()) await closeOne();
    };
    try {
      return new PushScene({ ...(await openParts(closers, writeAdvisories)), close });
    } catch (error) {
      await close();
      throw error;
    }
  }

  private constructor({ place, api, connected, registry, advisories, close }: Parts) {
    this.place = place;
    this.api = api;
    this.registry = registry;
    this.host = registry.host;
    this.close = close;
    this.#connected = connected;
    this.#advisories = advisories;
  }

  /** Where the registry notifies the service. */
  get hookUrl(): string {
    return this.#connected.hook.url;
  }

  /** @param tags are scanned as they are. */
  optIn(name: string, tags: readonly string[] = []): Promise<Repository> {
    return this.api.optIn(this.#connected.registry.id, name, tags);
  }

  /** @returns when it ended, of `performance.now()`. */
  async push(layout: string, name: string, ...more: string[]): Promise<number> {
    await push(layout, `${this.host}/${name}`, ['--dest-creds', this.user, ...more]);
    return performance.now();
  }

  /** What the service has asked the registry for about a repository, `GET manifests/1`. */
  asked(name: string): string[] {
    const prefix = `/v2/${name}/`;
    return this.registry
      .requests('soupcon')
      .filter((line) => line.includes(prefix))
      .map((line) => line.replace(prefix, ''));
  }

  /** Digests of the blobs that the service has pulled from a repository. */
  pulledBlobs(name: string): string[] {
    return this.asked(name).flatMap((line) => (line.startsWith('GET blobs/') ? [line.slice('GET blobs/'.length)] : []));
  }

  /** Waits until all labels can be read. @param asked digests, each with the platform that is asked for, if any. */
  async labels(asked: readonly { digest: string; platform?: string }[], timeoutMs: number): Promise<Label[]> {
    return until(
      `${asked.length} labels`,
      async () => {
        const answers = await Promise.all(asked.map((one) => this.api.call<Label>('GET', labelPath(one))));
        return answers.every(({ status }) => status === 200) ? answers.map(({ body }) => body) : undefined;
      },
      { timeoutMs, everyMs: 20 },
    );
  }

  /** The label that the command gives of a layout, with the advisories that the service has. */
  async scanned(layout: string, ...more: string[]): Promise<Label> {
    const words = ['scan', `oci:${layout}`, '--format', 'json', '--advisories', this.#advisories, ...more];
    const { code, stdout, stderr } = await soupcon(words, this.place);
    if (code !== 0) throw new Error(`scan ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Label;
  }
}

function labelPath({ digest, platform }: { digest: string; platform?: string }): string {
  return `/v1/images/${digest}/label${platform === undefined ? '' : `?platform=${encodeURIComponent(platform)}`}`;
}

async function openParts(
  closers: (() => Promise<unknown>)[],
  writeAdvisories: (target: string) => Promise<unknown>,
): Promise<Omit<Parts, 'close'>> {
  const place = await makePlace();
  closers.push(() => place.remove());
  const database = await testDatabase({ template: await schemaHash(), migrate });
  closers.push(() => database.drop());
  const options = { home: place.home, environment: serviceEnvironment(database.url) };
  const service = await startReady(['serve', '--port', '0'], options);
  closers.push(() => service.stop());
  const api = new ServiceApi(service.address, await createKey(options));
  const advisories = join(place.root, 'advisories');
  await writeAdvisories(advisories);
  const imported = await soupcon(['advisories', 'import', advisories], options);
  if (imported.code !== 0) throw new Error(`advisories import ended with ${imported.code}: ${imported.stderr}`);
  const port = await freePort();
  const connected = await api.connect(`127.0.0.1:${port}`, account);
  const passwords = join(place.root, 'htpasswd');
  await writeFile(passwords, (await run('htpasswd', ['-Bbn', account.username, account.password])).stdout);
  const auth = `auth: { htpasswd: { realm: test, path: '${passwords}' } }`;
  const sections = `${auth}\n${connected.hook.setup}`;
  const registry = await startRealRegistry(place.root, { sections, port, logs: true });
  closers.push(() => registry.stop());
  return { place, api, connected, registry, advisories };
}

/** The same label whatever the image was called. */
export function unnamed({ image: { reference: _, ...image }, ...rest }: Label): object {
  return { image, ...rest };
}
