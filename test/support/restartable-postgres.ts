import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@soupcon/model';
import { startEmbeddedPostgres } from '@soupcon/store';

/** A Postgres at an address that stays, which can be killed and started again with the data it has. */
export interface RestartablePostgres {
  readonly url: string;
  /** As a crash does: whatever was not committed is lost. */
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function startRestartablePostgres(): Promise<RestartablePostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'soupcon-survive-'));
  const relay = await startRelay();
  const serve = async () => {
    // Without a disk to wait for; what a killed server has written is with the system all the same.
    const postgres = await startEmbeddedPostgres({ directory, logger: silentLogger, settings: { fsync: 'off' } });
    relay.lead(postgres.port);
    return postgres;
  };
  let postgres = await serve();
  const url = new URL(postgres.url);
  url.port = `${relay.port}`;
  return {
    url: url.href,
    kill: async () => {
      const { pid } = JSON.parse(await readFile(join(directory, 'postgres.json'), 'utf8')) as { pid: number };
      process.kill(pid, 'SIGKILL');
      await postgres.exited;
      await postgres.stop();
      relay.lead(null);
    },
    start: async () => {
      postgres = await serve();
    },
    remove: async () => {
      await relay.close();
      await postgres.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Passes connections on to a port that may change; null refuses them. */
async function startRelay() {
  const sockets = new Set<Socket>();
  let target: number | null = null;
  const server = createServer((client) => {
    if (target === null) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    const ends = [client, upstream];
    for (const one of ends) {
      sockets.add(one);
      one.on('error', () => {}); // It closes, too, and then the other does.
      one.on('close', () => {
        sockets.delete(one);
        for (const other of ends) other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lead: (port: number | null) => {
      target = port;
      cut();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
