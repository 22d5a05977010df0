import { Secret } from '@soupcon/model';
import { migrate, openSealer, openStore, type Sealer, type Store, schemaHash, system } from '@soupcon/store';
import { testDatabase } from '@soupcon/store/testing';
import type { FastifyBaseLogger, RouteOptions } from 'fastify';
import { type Logger, pino } from 'pino';
import { mintApiKey } from '../api-key.ts';
import { buildApp } from '../app.ts';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../deps.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What a route answered. */
export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody with a key of an organization of his own. */
export interface Tenant {
  readonly organizationId: string;
  readonly key: string;
  call<Body = Record<string, unknown>>(method: Method, url: string, options?: CallOptions): Promise<Answer<Body>>;
}

/** The whole interface on a database of its own, without sockets. */
export class ApiBench {
  readonly app: App;
  readonly store: Store;
  readonly sealer: Sealer;
  /** The owner's connection. */
  readonly databaseUrl: string;
  /** Lines that were logged. */
  readonly logged: string[];
  /** Of the interface itself, without those of its description. */
  readonly routes: readonly RouteOptions[];
  readonly #drop: () => Promise<void>;

  static async open(changes: Partial<ApiDeps> = {}): Promise<ApiBench> {
    const { url, drop } = await testDatabase({ template: await schemaHash(), migrate });
    const store = openStore({ url });
    const { sealer } = await openSealer(store, new Secret(Buffer.alloc(32, 7).toString('base64')));
    const logged: string[] = [];
    const deps: ApiDeps = {
      store,
      sealer,
      logger: loggerInto(logged),
      publicUrl: () => 'https://soupcon.example.test',
      rateLimit: { api: 1e6, hooks: 1e6 },
      ...changes,
    };
    const routes: RouteOptions[] = [];
    const app = await buildApp(deps, (route) => routes.push(route));
    return new ApiBench(app, deps, { url, drop, logged, routes });
  }

  private constructor(
    app: App,
    { store, sealer }: ApiDeps,
    { url, drop, logged, routes }: { url: string; drop: () => Promise<void>; logged: string[]; routes: RouteOptions[] },
  ) {
    this.app = app;
    this.store = store;
    this.sealer = sealer;
    this.databaseUrl = url;
    this.logged = logged;
    this.routes = routes.filter(({ method, url: path }) => method !== 'HEAD' && !path.startsWith('/docs'));
    this.#drop = drop;
  }

  async tenant(name: string): Promise<Tenant> {
    const organizationId = await system.organizations.create(this.store.single, name);
    const { key, prefix, hash } = mintApiKey();
    await system.keys.create(this.store.single, { organizationId, name, prefix, hash });
    const authorization = `Bearer ${key.reveal()}`;
    return {
      organizationId,
      key: key.reveal(),
      call: (method, url, { body, headers = {} } = {}) =>
        this.call(method, url, { body, headers: { authorization, ...headers } }),
    };
  }

  async call<Body = Record<string, unknown>>(
    method: Method,
    url: string,
    { body, headers = {} }: CallOptions = {},
  ): Promise<Answer<Body>> {
    const payload = body === undefined ? {} : { payload: body as string };
    const answer = await this.app.inject({ method, url, headers, ...payload });
    const isJson = /json/.test(String(answer.headers['content-type']));
    return {
      status: answer.statusCode,
      body: (isJson ? JSON.parse(answer.body) : null) as Body,
      text: answer.body,
      headers: answer.headers,
    };
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.store.close();
    await this.#drop();
  }
}

function loggerInto(lines: string[]): Logger & FastifyBaseLogger {
  return pino({ level: 'debug' }, { write: (line) => void lines.push(line) });
}
