import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissions } from './permissions.ts';
import { ApiBench } from './testing/api-bench.ts';

/** Every route there is, found by asking the router, held against what the interface says of itself. */
interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, unknown>[];
  readonly 'x-permission'?: string;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}

let bench: ApiBench;
let routes: readonly RouteOptions[];
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;

beforeAll(async () => {
  bench = await ApiBench.open();
  ({ routes } = bench);
  paths = (await bench.call<{ paths: typeof paths }>('GET', '/docs/json')).body.paths;
});
afterAll(() => bench.close());

const operationOf = ({ method, url }: RouteOptions): Operation | undefined =>
  paths[url.replace(/:(\w+)/g, '{$1}')]?.[String(method).toLowerCase()];

test('the walk finds the routes', () => {
  expect(routes.length).toBeGreaterThan(25);
});

test('every route is described, with summary, tags and who may call it', () => {
  for (const route of routes) {
    const operation = operationOf(route);
    const name = `${String(route.method)} ${route.url}`;
    expect(operation, name).toBeDefined();
    expect(operation?.summary, name).toMatch(/^[A-Z].{5,}/);
    expect(operation?.tags, name).toHaveLength(1);
    const permission = route.config?.permission ?? 'none';
    expect(Object.keys(permissions), name).toContain(permission);
    expect(operation?.['x-permission'], name).toBe(permission);
    const needsKey = !['public', 'hook-token'].includes(permission);
    expect(operation?.security, name).toEqual(needsKey ? [{ apiKey: [] }] : []);
    expect(needsKey, name).toBe(route.url.startsWith('/v1/'));
  }
});

test('every route says how it fails, in problem details', () => {
  for (const route of routes) {
    const failures = Object.entries(operationOf(route)?.responses ?? {}).filter(([status]) => Number(status) >= 400);
    const name = `${String(route.method)} ${route.url}`;
    expect(
      failures.map(([status]) => status),
      name,
    ).toEqual(expect.arrayContaining(['401', '429', '500', '503']));
    for (const [status, { description, content }] of failures) {
      expect(Object.keys(content ?? {}), `${name} ${status}`).toEqual(['application/problem+json']);
      expect(description, `${name} ${status}`).toMatch(/^`\w+`: /);
    }
  }
});

test('the description for people is there, and asks no other server', async () => {
  const { status, text, headers } = await bench.call('GET', '/docs');
  expect([status, text]).toEqual([200, expect.stringContaining('swagger-ui')]);
  expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  expect(headers['content-security-policy']).not.toContain('http');
});
