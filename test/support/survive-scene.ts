import { randomBytes } from 'node:crypto';
import type { Label } from '@soupcon/label';
import type { queueBackends } from '@soupcon/queue/testing';
import { freePort } from '@soupcon/registry/testing';
import { migrate } from '@soupcon/store';
import pg from 'pg';
import { alpineBase, apkDatabase, basePackages } from './alpine.ts';
import { type Image, layer, types } from './layout.ts';
import { type RestartablePostgres, startRestartablePostgres } from './restartable-postgres.ts';
import {
  type Connected,
  createKey,
  type Ready,
  ServiceApi,
  serviceEnvironment,
  startReady,
} from './running-service.ts';
import { until } from './service.ts';
import { type SlowRegistry, startSlowRegistry } from './slow-registry.ts';
import { makePlace, type Place } from './soupcon.ts';
import { file } from './tar.ts';

type QueueBackend = (typeof queueBackends)[number];
type Part = 'api' | 'worker';

const layerBytes = 1_500_000;
const layerMs = 300;

/** An image as no other, with a package of which only it has the version. */
export function imageNumber(number: number): Image {
  const packages = [...basePackages, { name: 'number', version: `${number}.0-r0` }];
  return {
    layers: [
      alpineBase,
      layer([file(`opt/first-${number}`, randomBytes(layerBytes))]),
      layer([file('lib/apk/db/installed', apkDatabase(packages)), file('opt/second', randomBytes(layerBytes))]),
    ],
  };
}

/** `name version` of what is in it. */
export function packagesOf(number: number): string[] {
  return [...basePackages, { name: 'number', version: `${number}.0-r0` }]
    .map((one) => `${one.name} ${one.version}`)
    .sort();
}

/** A service in parts, each of which can be killed and started again. */
export class SurviveScene {
  readonly registry: SlowRegistry;
  readonly postgres: RestartablePostgres;
  readonly connected: Connected;
  readonly api: ServiceApi;
  readonly emptyQueue: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly #options: { readonly home: string; readonly environment: Record<string, string> };
  readonly #running: Map<Part, Ready>;
  readonly #port: string;

  static async open(backend: QueueBackend): Promise<SurviveScene> {
    const closers: (() => Promise<unknown>)[] = [];
    const close = async () => {
      for (const closeOne of closers.splice(0).reverse()) await closeOne();
    };
    try {
      const place = await makePlace();
      closers.push(() => place.remove());
      const registry = await startSlowRegistry({ layerMs });
      closers.push(() => registry.close());
      const postgres = await startRestartablePostgres();
      closers.push(() => postgres.remove());
      await migrate(postgres.url);
      await watchEnds(postgres.url);
      const engine = await backend.start(postgres.url);
      closers.push(() => engine.stop());
      return await SurviveScene.start({ place, registry, postgres, engine, closers, close });
    } catch (error) {
      await close();
      throw error;
    }
  }

  private static async start(parts: {
    place: Place;
    registry: SlowRegistry;
    postgres: RestartablePostgres;
    engine: Awaited<ReturnType<QueueBackend['start']>>;
    closers: (() => Promise<unknown>)[];
    close: () => Promise<void>;
  }): Promise<SurviveScene> {
    const { place, registry, postgres, engine, closers, close } = parts;
    const { redisUrl } = engine.settings;
    const environment = serviceEnvironment(postgres.url, {
      SOUPCON_LEASE_MS: '2000',
      SOUPCON_WORKER_CONCURRENCY: '2',
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    });
    const options = { home: place.home, environment };
    const running = new Map<Part, Ready>();
    closers.push(() => Promise.all([...running.values()].map((one) => one.kill())));
    const port = `${await freePort()}`;
    running.set('api', await startReady(['api', '--port', port], options));
    running.set('worker', await startReady(['worker'], options));
    const api = new ServiceApi(`http://127.0.0.1:${port}`, await createKey(options));
    const connected = await api.connect(registry.host);
    return new SurviveScene({ registry, postgres, api, connected, options, running, port, close, engine });
  }

  private constructor(parts: {
    registry: SlowRegistry;
    postgres: RestartablePostgres;
    api: ServiceApi;
    connected: Connected;
    options: { home: string; environment: Record<string, string> };
    running: Map<Part, Ready>;
    port: string;
    engine: { empty(): Promise<void> };
    close: () => Promise<void>;
  }) {
    this.registry = parts.registry;
    this.postgres = parts.postgres;
    this.api = parts.api;
    this.connected = parts.connected;
    this.emptyQueue = parts.engine.empty;
    this.close = parts.close;
    this.#options = parts.options;
    this.#running = parts.running;
    this.#port = parts.port;
  }

  /** As a power cut does. */
  async kill(...parts: readonly Part[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#running.get(part)?.kill()));
  }

  async start(...parts: readonly Part[]): Promise<void> {
    const words = { api: ['api', '--port', this.#port], worker: ['worker'] };
    await Promise.all(parts.map(async (part) => this.#running.set(part, await startReady(words[part], this.#options))));
  }

  /** Parts that have ended although nobody killed them. */
  ended(): Part[] {
    return [...this.#running].flatMap(([part, { child }]) => (child.exitCode === null ? [] : [part]));
  }

  output(): string {
    return [...this.#running.values()].map((one) => one.output().slice(-3_000)).join('\n');
  }

  /** Tells of a push as a registry does: again and again until it is taken. */
  async notify(repository: string, digest: string): Promise<void> {
    const target = { mediaType: types.manifest, digest, repository, tag: digest.slice('sha256:'.length, 20) };
    const event = { id: digest, action: 'push', timestamp: new Date().toISOString(), target };
    const body = JSON.stringify({ events: [event] });
    const headers = { 'content-type': 'application/vnd.docker.distribution.events.v1+json' };
    const send = async () =>
      (await fetch(this.connected.hook.url, { method: 'POST', headers, body })).ok ? true : undefined;
    await until(`the notice of ${digest} to be taken`, send, { everyMs: 100 });
  }

  label(digest: string): Promise<Label> {
    return this.api.get(`/v1/images/${digest}/label`);
  }

  /** How many scans are in a state now. */
  async count(state: string): Promise<number> {
    const rows = await query<{ count: number }>(
      this.postgres.url,
      `select count(*)::int as count from tenant.scans where state = '${state}'`,
    );
    return rows[0]?.count ?? 0;
  }

  /** Every time that a scan has come to an end, whatever became of it later. */
  ends(): Promise<{ scan_id: string; state: string }[]> {
    return query(this.postgres.url, 'select scan_id, state from public.ended order by at');
  }
}

/** Writes down each end of a scan beside it, in the same transaction. */
async function watchEnds(url: string): Promise<void> {
  await query(
    url,
    `create table public.ended (scan_id uuid not null, state text not null, at timestamptz not null default clock_timestamp());
    create function note_end() returns trigger language plpgsql security definer as $$
      begin insert into public.ended (scan_id, state) values (new.id, new.state); return null; end $$;
    create trigger note_end after update on tenant.scans for each row
      when (new.finished_at is not null and (old.finished_at is null or old.state <> new.state)) execute function note_end();`,
  );
}

/** Asks the owner's connection, which comes and goes with the server. */
async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // The query fails, too.
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}
