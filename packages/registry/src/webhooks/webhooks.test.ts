import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { AppError } from '@soupcon/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { webhooks } from './registered.ts';
import type { ParsedDelivery, RegistryWebhook } from './webhook.ts';

const source = new URL('../../src/webhooks/', import.meta.url);

/** A delivery and what it means. `origin` says where it is from. */
interface Fixture extends ParsedDelivery {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function fixturesOf(id: string): [string, Fixture][] {
  const folder = new URL(`fixtures/${id}/`, source);
  return readdirSync(folder).map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Fixture]);
}

const bytesOf = (body: unknown) => Buffer.from(JSON.stringify(body));

test('every webhook is listed once under the name of its file, and every folder of fixtures is one of a webhook', () => {
  const ids = webhooks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(existsSync(new URL(`${id}.ts`, source)), id).toBe(true);
  expect(readdirSync(new URL('fixtures/', source)).sort()).toEqual([...ids].sort());
});

describe.each(webhooks.map((webhook) => [webhook.id, webhook] as const))('%s', (id, webhook) => {
  test('says where its format is described, and with which media types it is sent', () => {
    expect(id).toMatch(/^[a-z][a-z0-9-]*$/); // It is part of a path.
    expect(new URL(webhook.source).protocol).toBe('https:');
    expect(webhook.contentTypes.length).toBeGreaterThan(0);
    for (const type of webhook.contentTypes) expect(type).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/);
  });

  test.each(fixturesOf(id))('%s is read as what it means', (_, { headers, body, events, ignored, origin }) => {
    expect(origin).toMatch(/\w+ \w+/);
    expect(webhook.parse({ headers, body: bytesOf(body) })).toEqual({ events, ignored });
  });

  test('has a fixture with a push and one with something else', () => {
    const fixtures = fixturesOf(id).map(([, fixture]) => fixture);
    expect(fixtures.some(({ events }) => events.length > 0)).toBe(true);
    expect(fixtures.some(({ ignored }) => ignored.length > 0)).toBe(true);
  });

  test('whatever one field holds, a delivery is read or refused as malformed', () => {
    for (const [, fixture] of fixturesOf(id)) {
      const mutation = fc.tuple(fc.nat(), fc.jsonValue({ maxDepth: 2 }));
      fc.assert(
        fc.property(mutation, ([at, value]) => expectToEnd(webhook, fixture, replaced(fixture.body, at, value))),
        { numRuns: 200 },
      );
    }
  });

  test('bytes of any kind are read or refused as malformed', () => {
    const [[, { headers }] = ['', { headers: {} }]] = fixturesOf(id);
    fc.assert(fc.property(fc.uint8Array(), (body) => expectMalformed(() => webhook.parse({ headers, body }))));
  });
});

function expectToEnd(webhook: RegistryWebhook, { headers }: Fixture, body: unknown): void {
  expectMalformed(() => {
    for (const event of webhook.parse({ headers, body: bytesOf(body) }).events) {
      expect(event.repository).toMatch(/^[a-z0-9._/-]{1,255}$/);
      expect(event.tag !== null || event.digest !== null).toBe(true);
      expect(event.pushedAt ?? '2026-01-01T00:00:00Z').toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    }
  });
}

function expectMalformed(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('webhook_malformed');
    expect(error.detail).toHaveProperty('path');
  }
}

/** The same JSON with the value at one of its places, counted through, replaced. */
function replaced(body: unknown, at: number, value: unknown): unknown {
  let places = 0;
  const count = (part: unknown): void => {
    places++;
    if (typeof part === 'object' && part !== null) for (const inner of Object.values(part)) count(inner);
  };
  count(body);
  let left = at % places;
  return JSON.parse(JSON.stringify(body), (_, part: unknown) => (left-- === 0 ? value : part));
}
