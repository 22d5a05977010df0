import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildApp, connectRegistry, createLogger } from '@soupcon/api';
import { migrate, noSealer, openStore, schemaHash, system, tenant } from '@soupcon/store';
import { testDatabase } from '@soupcon/store/testing';
import { fastify } from 'fastify';
import pg from 'pg';
import { median, report } from './figures.ts';

/**
 * Budget row 8: notifications of pushes, each of them new and of a repository that is opted in, against a bare route that
 * does one INSERT. Each server is a process of its own with a pool of the same size on the same database; they are
 * loaded in turns, so that a machine that is noisy is noisy for both. Figures are ratios, medians of the rounds.
 *
 *     node test/dist/bench/hooks.js [--rounds 7] [--requests 3000] [--parallel 32]
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '3000' },
    parallel: { type: 'string', default: '32' },
  },
});
const [rounds, requests, parallel] = [values.rounds, values.requests, values.parallel].map(Number) as [
  number,
  number,
  number,
];
const connectionsMax = 10;

interface Served {
  /** Where a request goes. */
  readonly url: string;
}

async function serveHooks(databaseUrl: string): Promise<Served> {
  const store = openStore({ url: databaseUrl, connectionsMax });
  let address = '';
  const publicUrl = () => address;
  const rateLimit = { api: 1e6, hooks: 1e9 };
  const app = await buildApp({ store, sealer: noSealer, logger: createLogger('info'), publicUrl, rateLimit });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  const organizationId = await system.organizations.create(store.single, 'bench');
  const added = { provider: 'distribution', name: 'bench', host: 'registry.example.test', insecure: false };
  const connecting = { store, sealer: noSealer, publicUrl };
  const { registry, hook } = await connectRegistry(connecting, organizationId, { ...added, credentials: null });
  await store.asTenant(organizationId, async (tx) => {
    const made = await tenant.repositories.ensure(tx, { registry: registry.id, name: 'team/app' });
    await tenant.optIns.begin(tx, made?.repository.id ?? '');
  });
  return { url: hook.url };
}

async function serveBare(databaseUrl: string): Promise<Served> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connectionsMax });
  await pool.query('create table if not exists bare (id uuid primary key, body text not null)');
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.post('/bare', async ({ body }, reply) => {
    const text = 'insert into bare (id, body) values ($1, $2)';
    await pool.query({ name: 'bare', text, values: [randomUUID(), body] });
    return reply.code(202).send({ accepted: 1 });
  });
  return { url: `${await app.listen({ host: '127.0.0.1', port: 0 })}/bare` };
}

/** As a registry sends it, which writes it over several lines. */
function notification(): string {
  const digest = `sha256:${randomUUID().replaceAll('-', '').repeat(2)}`;
  const target = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 1234,
    length: 1234,
    repository: 'team/app',
    url: `http://registry.example.test/v2/team/app/manifests/${digest}`,
    tag: 'latest',
  };
  const id = randomUUID();
  const asked = { id, addr: '192.0.2.1:1', host: 'registry.example.test', method: 'PUT', useragent: 'docker/27' };
  const source = { addr: 'registry:5000', instanceID: id };
  const event = { id, timestamp: new Date().toISOString(), action: 'push', target, request: asked, actor: {}, source };
  return JSON.stringify({ events: [event] }, null, 3);
}

/** @returns seconds until all were answered with 202. */
async function load(url: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const bodies = Array.from({ length: requests }, notification);
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) await post(url, body, agent);
    }),
  );
  agent.destroy();
  return (performance.now() - startedAt) / 1000;
}

async function post(url: string, body: string, agent: Agent): Promise<void> {
  const headers = { 'content-type': 'application/vnd.docker.distribution.events.v2+json' };
  const sent = request(url, { method: 'POST', agent, headers });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  if (answer.statusCode !== 202) throw new TypeError(`answered ${answer.statusCode}`);
}

/** The processor's time that a process has used, in seconds. */
async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [message] = (await once(child, 'message')) as [{ cpuS: number }];
  return message.cpuS;
}

interface Round {
  readonly perSecond: number;
  readonly cpuS: number;
}

async function round(child: ChildProcess, url: string): Promise<Round> {
  const before = await cpuOf(child);
  const seconds = await load(url);
  return { perSecond: requests / seconds, cpuS: (await cpuOf(child)) - before };
}

async function main(): Promise<void> {
  const database = await testDatabase({ template: await schemaHash(), migrate });
  const start = async (what: string) => {
    const child = fork(fileURLToPath(import.meta.url), {
      env: { ...process.env, BENCH_SERVE: what, BENCH_URL: database.url },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const [{ url }] = (await once(child, 'message')) as [Served];
    return { child, url };
  };
  const [hooks, bare] = [await start('hooks'), await start('bare')];
  try {
    for (const { child, url } of [hooks, bare]) await round(child, url); // Warm.
    const taken: { hooks: Round; bare: Round }[] = [];
    for (let count = 0; count < rounds; count += 1) {
      taken.push({ bare: await round(bare.child, bare.url), hooks: await round(hooks.child, hooks.url) });
    }
    const ratio = (of: 'perSecond' | 'cpuS') => median(taken.map((one) => one.hooks[of] / one.bare[of]));
    report(
      [
        { row: 8, what: 'hooks, throughput against one INSERT', budget: '>= 0.7', today: ratio('perSecond') },
        { row: 8, what: 'hooks, CPU of the server against it', budget: '-', today: ratio('cpuS') },
      ],
      {
        hooksPerSecond: Math.round(median(taken.map((one) => one.hooks.perSecond))),
        barePerSecond: Math.round(median(taken.map((one) => one.bare.perSecond))),
      },
    );
  } finally {
    for (const { child } of [hooks, bare]) child.kill();
    await database.drop();
  }
}

const serves = process.env['BENCH_SERVE'];
if (serves === undefined) await main();
else {
  const serve = serves === 'hooks' ? serveHooks : serveBare;
  process.send?.(await serve(process.env['BENCH_URL'] ?? ''));
  process.on('message', () => {
    const { user, system: kernel } = process.cpuUsage();
    process.send?.({ cpuS: (user + kernel) / 1e6 });
  });
}
