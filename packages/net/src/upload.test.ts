import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@soupcon/model';
import { afterEach, expect, test } from 'vitest';
import { createNet, type Net, type NetOptions, type NetRequest } from './net.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function net(options: Partial<NetOptions> = {}): Net {
  const made = createNet({ allowPrivate: true, ...options });
  cleanups.push(() => made.close());
  return made;
}

async function* pieces(count: number, pause = 0): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    yield Buffer.alloc(1000, 97 + at);
  }
}

const put = (url: string, more: Partial<NetRequest> = {}): NetRequest => ({
  method: 'PUT',
  url,
  bytesMax: 1000,
  body: { stream: pieces(3), size: 3000 },
  ...more,
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

test('a stream is sent with its length told ahead', async () => {
  const url = await serve(async (request, response) => {
    const text = await bodyOf(request);
    response.end(`${request.headers['content-length']} ${request.headers['transfer-encoding']} ${text.length}`);
  });
  expect(await (await net().request(put(url))).text()).toBe('3000 undefined 3000');
});

test.each([2000, 4000])('a stream of 3000 bytes that was said to have %d is no request that succeeds', async (size) => {
  const url = await serve(async (request, response) => void response.end(await bodyOf(request)));
  await expect(net().request(put(url, { body: { stream: pieces(3), size } }))).rejects.toBeInstanceOf(AppError);
});

test('what the stream fails with is told as it is, not as a fault of the connection', async () => {
  const url = await serve(async (request, response) => void response.end(await bodyOf(request).catch(() => '')));
  const fault = new AppError('source_unreadable', { subject: 'a file' });
  const stream = (async function* () {
    yield Buffer.alloc(1000);
    throw fault;
  })();
  await expect(net().request(put(url, { body: { stream, size: 3000 } }))).rejects.toBe(fault);
});

test('a stream is sent once: neither a 503 nor a cut connection sends it again', async () => {
  let requests = 0;
  const url = await serve((request, response) => {
    requests++;
    if (request.url === '/cut') request.socket.destroy();
    else response.writeHead(503).end();
  });
  const retry = { attempts: 4, baseMs: 1, capMs: 1 };
  expect((await net().request(put(url, { retry }))).status).toBe(503);
  await expect(net().request(put(`${url}/cut`, { retry }))).rejects.toMatchObject({ code: 'request_failed' });
  expect(requests).toBe(2);
});

test('no redirect takes a body along, to the same host or another', async () => {
  let elsewhere = 0;
  const other = await serve((_, response) => {
    elsewhere++;
    response.end();
  });
  const url = await serve((request, response) => {
    if (request.url === '/there') elsewhere++;
    request.resume();
    response.writeHead(307, { location: request.url === '/in' ? '/there' : other }).end();
  });
  for (const path of ['/in', '/out']) {
    const sent = net().request(put(url + path, { redirect: 'follow' }));
    await expect(sent).rejects.toMatchObject({ code: 'redirect_refused' });
    expect((await net().request(put(url + path))).status).toBe(307);
  }
  expect(elsewhere).toBe(0);
});

test('a private address that is not allowed is given no byte of a body', async () => {
  const url = await serve((_, response) => void response.end());
  let taken = 0;
  const stream = (async function* () {
    taken++;
    yield Buffer.alloc(1000);
  })();
  const request = put(url, { body: { stream, size: 1000 } });
  await expect(net({ allowPrivate: false }).request(request)).rejects.toMatchObject({ code: 'address_forbidden' });
  expect(taken).toBe(0);
});

test('an upload may take longer than an answer; the answer after it may not', async () => {
  const url = await serve(async (request, response) => {
    await bodyOf(request);
    if (request.url !== '/silent') response.end('done');
  });
  const timeouts = { headersMs: 150 };
  const slow = () => ({ stream: pieces(6, 50), size: 6000 });
  expect((await net().request(put(url, { timeouts, body: slow() }))).status).toBe(200);
  await expect(net().request(put(`${url}/silent`, { timeouts, body: slow() }))).rejects.toMatchObject({
    code: 'request_timeout',
    subject: `PUT ${url}/silent: no answer within 150 ms`,
    detail: { failure: 'timeout', transient: true },
  });
});

test('a server that takes no more of a body is left', async () => {
  const url = await serve((request) => void request.pause());
  const endless = (async function* () {
    for (;;) yield Buffer.alloc(1_000_000);
  })();
  const request = put(url, { timeouts: { bodyIdleMs: 200 }, body: { stream: endless, size: 1e12 } });
  await expect(net().request(request)).rejects.toMatchObject({
    code: 'request_timeout',
    subject: expect.stringContaining('a piece of the body was not taken within 200 ms'),
  });
});

test('an answer that comes before the body is taken is read', async () => {
  const url = await serve((_, response) => void response.writeHead(413).end('too much'));
  const response = await net().request(put(url, { body: { stream: pieces(100, 5), size: 100_000 } }));
  expect([response.status, await response.text()]).toEqual([413, 'too much']);
});
