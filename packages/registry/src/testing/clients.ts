import { createNet, type Net, type NetOptions, type Timing } from '@soupcon/net';
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from '../client.ts';

/** Test support: no real waiting; the waits are kept. */
export interface FakeTiming extends Timing {
  readonly waits: number[];
  nowMs: number;
}

export function fakeTiming(): FakeTiming {
  const timing: FakeTiming = {
    waits: [],
    nowMs: Date.parse('2026-01-01T00:00:00Z'),
    now: () => timing.nowMs,
    sleep: async (ms) => {
      timing.waits.push(ms);
    },
    random: () => 1,
  };
  return timing;
}

export interface TestClient {
  readonly net: Net;
  readonly client: RegistryClient;
  readonly timing: FakeTiming;
}

export function testClient(
  options: Partial<RegistryClientOptions> = {},
  netOptions: Partial<NetOptions> = {},
): TestClient {
  const timing = fakeTiming();
  const net = createNet({ allowPrivate: true, timing, ...netOptions });
  const retry = { attempts: 4, baseMs: 100, capMs: 5000 };
  return { net, timing, client: createRegistryClient({ net, timing, retry, ...options }) };
}
