import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** Test support: a Redis of one's own, where redis-server is installed. */
export interface RedisServer {
  readonly url: string;
  /** Forgets everything, as an operator's FLUSHALL does. */
  flush(): Promise<void>;
  /** Killed, and started again at the same address, with nothing. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export async function startRedis(): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'soupcon-redis-'));
  const port = await freePort();
  const options = { port, bind: '127.0.0.1', save: '', dir: directory, 'maxmemory-policy': 'noeviction' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const serve = () => spawn('redis-server', args, { stdio: 'ignore' });
  let child = serve();
  const kill = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: 200 });
  client.on('error', () => {}); // Until it is up; the ping says when.
  await client.ping();
  return {
    url: `redis://127.0.0.1:${port}`,
    flush: async () => {
      await client.flushall();
    },
    restart: async () => {
      await kill();
      child = serve();
      await client.ping();
    },
    stop: async () => {
      client.disconnect();
      await kill();
      await rm(directory, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
