import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNet } from '@soupcon/net';
import { expect, test } from 'vitest';
import { webhookLimits } from './delivery.ts';
import { distribution } from './distribution.ts';

const headers = { 'content-type': 'application/vnd.docker.distribution.events.v1+json' };
const digest = `sha256:${'ab'.repeat(32)}`;
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const target = { mediaType, digest, repository: 'team/app', tag: '1' };
const push = { id: 'one', timestamp: '2026-03-09T22:44:26Z', action: 'push', target };
const parse = (body: unknown, more: Record<string, string> = headers) =>
  distribution.parse({ headers: more, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) });

test.each([
  ['', 'body'],
  ['{', 'body'],
  ['\xff', 'body'],
  ['[]', 'body'],
  ['"events"', 'body'],
  ['{}', 'events'],
  ['{"events":{}}', 'events'],
  ['{"events":"a"}', 'events'],
])('%j is no envelope, and the refusal names %s', (body, path) => {
  expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'webhook_malformed', detail: { path } }));
});

test('the type of the envelope is held to, its parameters and case are not', () => {
  const types = ['application/json; charset=utf-8', 'Application/VND.docker.distribution.events.v2+JSON'];
  for (const type of types) expect(parse({ events: [push] }, { 'content-type': type }).events).toHaveLength(1);
  for (const more of [{ 'content-type': 'text/html' }, {}]) {
    expect(() => parse({ events: [push] }, more)).toThrow(
      expect.objectContaining({ detail: { path: 'content-type' } }),
    );
  }
});

test('of too many events the first ones count and the others are counted', () => {
  const events = Array.from({ length: webhookLimits.eventsMax + 5 }, () => push);
  const parsed = parse({ events });
  expect(parsed.events).toHaveLength(webhookLimits.eventsMax);
  expect(parsed.ignored).toEqual([{ reason: 'beyond-limit', count: 5 }]);
});

test('a body beyond the limit is refused before it is read', () => {
  const body = Buffer.alloc(webhookLimits.bodyBytesMax + 1, ' ');
  expect(() => distribution.parse({ headers, body })).toThrow(expect.objectContaining({ detail: { path: 'body' } }));
});

test('ids and hosts beyond their length are none, an actor is one line and cut', () => {
  const event = { ...push, id: 'x'.repeat(201), actor: { name: `a\nb${'c'.repeat(400)}` } };
  const request = { host: 'h'.repeat(500) };
  const [read] = parse({ events: [{ ...event, request }] }).events;
  expect(read).toMatchObject({ deliveryId: null, host: null, actor: expect.stringMatching(/^a b/) });
  expect(read?.actor).toHaveLength(webhookLimits.actorCharactersMax);
});

test('a push that calls its client by our name is a push: nobody hides one behind it', () => {
  const { events } = parse({ events: [{ ...push, request: { useragent: 'soupcon/1' } }] });
  expect(events).toHaveLength(1);
});

test('what net calls itself is known as our own in the pulls that a registry reports', async () => {
  const server = createServer((request, response) => void response.end(request.headers['user-agent']));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const net = createNet({ allowPrivate: true });
  try {
    const response = await net.request({ method: 'GET', url: `http://127.0.0.1:${port}/`, bytesMax: 1000 });
    const useragent = await response.text();
    const { ignored } = parse({ events: [{ ...push, action: 'pull', request: { useragent } }] });
    expect(ignored).toEqual([{ reason: 'own-read', count: 1 }]);
  } finally {
    await net.close();
    server.close();
  }
});
