import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Test support: a fixed address before a server that goes away and comes back elsewhere. */
export interface FixedAddress {
  readonly port: number;
  /** Where connections lead from now on; those that are there are cut. */
  lead(port: number): void;
  close(): Promise<void>;
}

export async function startFixedAddress(): Promise<FixedAddress> {
  const sockets = new Set<Socket>();
  let target = 0;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()); // Either end goes when the other does.
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lead: (port) => {
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
