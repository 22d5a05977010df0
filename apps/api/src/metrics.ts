import type { Store } from '@soupcon/store';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The figures of the api. Labels are bounded: routes by template, never by address. */
export interface Metrics {
  readonly registry: Registry;
  request(route: { readonly method: string; readonly route: string; readonly status: number }, seconds: number): void;
  /** Counts by outcome; zeros count as nothing. */
  hookEvents(provider: string, counts: Readonly<Record<string, number>>): void;
}

const durationsS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @param registry where the figures of the process are kept; one of its own when there is none. */
export function createMetrics(store: Store, registry = new Registry()): Metrics {
  const requests = new Histogram({
    name: 'soupcon_http_request_duration_seconds',
    help: 'Requests answered, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: durationsS,
    registers: [registry],
  });
  const events = new Counter({
    name: 'soupcon_hook_events_total',
    help: 'Events that registries sent, by what became of them.',
    labelNames: ['provider', 'outcome'],
    registers: [registry],
  });
  gaugeConnections(store, registry);
  return {
    registry,
    request: ({ method, route, status }, seconds) => requests.labels(method, route, String(status)).observe(seconds),
    hookEvents(provider, counts) {
      for (const [outcome, count] of Object.entries(counts)) if (count > 0) events.labels(provider, outcome).inc(count);
    },
  };
}

function gaugeConnections(store: Store, registry: Registry): void {
  new Gauge({
    name: 'soupcon_database_connections',
    help: 'Connections of a pool: open, idle, and requests that wait for one.',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const [pool, counts] of Object.entries(store.connections())) {
        for (const [state, count] of Object.entries(counts)) this.labels(pool, state).set(count);
      }
    },
  });
}
