import type { NetOptions } from '@soupcon/net';
import type { RegistryClientOptions } from '../client.ts';
import { type TestClient, testClient } from './clients.ts';

const made: TestClient[] = [];

/** Test support: a client that {@link clientsClosed} closes. */
export function newClient(
  options: Partial<RegistryClientOptions> = {},
  netOptions: Partial<NetOptions> = {},
): TestClient {
  const client = testClient(options, netOptions);
  made.push(client);
  return client;
}

export async function clientsClosed(): Promise<void> {
  for (const { net } of made.splice(0)) await net.close();
}
