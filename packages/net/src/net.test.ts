import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppError } from '@soupcon/model';
import { afterEach, expect, test } from 'vitest';
import { createNet, type Net, type NetOptions } from './net.ts';
import type { Timing } from './retry.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(listener: RequestListener): Promise<{ port: number; url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, requests };
}

const instant: Timing & { waits: number[] } = {
  waits: [],
  now: () => 1_700_000_000_000,
  sleep: async (ms) => {
    instant.waits.push(ms);
  },
  random: () => 1,
};

function net(options: Partial<NetOptions> = {}): Net {
  instant.waits = [];
  const made = createNet({ allowPrivate: true, timing: instant, ...options });
  cleanups.push(() => made.close());
  return made;
}

const answer = (text: string) => (_: IncomingMessage, response: ServerResponse) => void response.end(text);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: AppError) => error.code,
  );
const get = { method: 'GET', bytesMax: 1000 } as const;

test('an answer is read as bytes, text and JSON, with its headers', async () => {
  const { url, requests } = await serve((_, response) => {
    response.setHeader('WWW-Authenticate', ['Negotiate', 'Basic realm="a"']);
    response.end('{"a":1}');
  });
  const response = await net({ userAgent: 'soupcon/1' }).request({ ...get, url });
  expect(response.headers.all('www-authenticate')).toEqual(['Negotiate', 'Basic realm="a"']);
  expect(await response.json()).toEqual({ a: 1 });
  expect(requests[0]?.headers['user-agent']).toBe('soupcon/1');
});

test('a private address is refused unless it is allowed, and no request is made', async () => {
  const { url, port, requests } = await serve(answer('x'));
  await expect(net({ allowPrivate: false }).request({ ...get, url })).rejects.toMatchObject({
    code: 'address_forbidden',
    subject: `${url}: it is a loopback address`,
  });
  expect(await codeOf(net({ allowPrivate: [`127.0.0.1:${port + 1}`] }).request({ ...get, url }))).toBe(
    'address_forbidden',
  );
  expect(requests).toHaveLength(0);
  expect((await net({ allowPrivate: [`127.0.0.1:${port}`] }).request({ ...get, url })).status).toBe(200);
});

test.each([
  'http://169.254.169.254/latest/meta-data/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://0xa9fea9fe/',
  'http://metadata.google.internal./',
  'file:///etc/passwd',
  'ftp://example.com/',
])('%s is refused even when private addresses are allowed', async (url) => {
  expect(await codeOf(net().request({ ...get, url }))).toBe('address_forbidden');
});

test('every address of a name is judged, and the connection goes to what was judged', async () => {
  const { port, requests } = await serve(answer('x'));
  let calls = 0;
  const resolve = async (hostname: string) => {
    calls++;
    if (hostname === 'mixed.test')
      return [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ] as const;
    if (hostname === 'meta.test') return [{ address: '169.254.169.254', family: 4 }] as const;
    return [{ address: '127.0.0.1', family: 4 }] as const;
  };
  const guarded = net({ allowPrivate: ['good.test', '10.0.0.0/8'], resolve });
  expect(await codeOf(guarded.request({ ...get, url: `http://mixed.test:${port}/` }))).toBe('address_forbidden');
  expect(await codeOf(guarded.request({ ...get, url: `http://rebound.test:${port}/` }))).toBe('address_forbidden');
  expect(await codeOf(net({ resolve }).request({ ...get, url: `http://meta.test:${port}/` }))).toBe(
    'address_forbidden',
  );
  expect(requests).toHaveLength(0);
  calls = 0;
  expect((await guarded.request({ ...get, url: `http://good.test:${port}/` })).status).toBe(200);
  expect(calls).toBe(1); // The socket used this very answer: there was no second resolution.
  expect(requests[0]?.headers.host).toBe(`good.test:${port}`);
});

test('redirects are handed back unless they are asked for', async () => {
  const { url } = await serve((_, response) => void response.writeHead(302, { location: '/b' }).end());
  expect((await net().request({ ...get, url })).status).toBe(302);
});

test('credentials go along inside an origin and stay behind when it changes, for good', async () => {
  const seen: [string, string | undefined, string | undefined][] = [];
  const first = await serve((request, response) => {
    seen.push([`first${request.url}`, request.headers.authorization, request.headers['x-kept'] as string]);
    if (request.url === '/a') response.writeHead(307, { location: '/b' }).end();
    else if (request.url === '/b') response.writeHead(302, { location: `${second.url}/c?signature=s3cret` }).end();
    else response.end('done');
  });
  const second = await serve((request, response) => {
    seen.push([
      `second${request.url}`,
      request.headers.authorization ?? request.headers.cookie,
      request.headers['x-kept'] as string,
    ]);
    response.writeHead(303, { location: `${first.url}/d` }).end();
  });
  const headers = { Authorization: 'Basic x', Cookie: 'c=1', 'X-Kept': '1' };
  const response = await net().request({ ...get, url: `${first.url}/a`, headers, redirect: 'follow' });
  expect(await response.text()).toBe('done');
  expect(seen).toEqual([
    ['first/a', 'Basic x', '1'],
    ['first/b', 'Basic x', '1'],
    ['second/c?signature=s3cret', undefined, '1'],
    ['first/d', undefined, '1'],
  ]);
});

test('each hop is guarded: a redirect to the metadata service is refused', async () => {
  const { url } = await serve(
    (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  );
  expect(await codeOf(net().request({ ...get, url, redirect: 'follow' }))).toBe('address_forbidden');
});

test('more than five redirects, one without a place and one of a POST are refused', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/nowhere') response.writeHead(302).end();
    else response.writeHead(302, { location: '/again' }).end();
  });
  const follow = { ...get, redirect: 'follow' } as const;
  expect(await codeOf(net().request({ ...follow, url }))).toBe('redirect_refused');
  expect(await codeOf(net().request({ ...follow, url: `${url}/nowhere` }))).toBe('redirect_refused');
  expect(await codeOf(net().request({ ...follow, method: 'POST', body: 'x', url }))).toBe('redirect_refused');
});

test('the limit of bytes holds for announced and for streamed bodies', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', 5000);
    response.end(Buffer.alloc(5000));
  });
  expect(
    await codeOf(
      net()
        .request({ ...get, url })
        .then((r) => r.bytes()),
    ),
  ).toBe('response_too_large');
  expect(
    await codeOf(
      net()
        .request({ ...get, url: `${url}/announced` })
        .then((r) => r.text()),
    ),
  ).toBe('response_too_large');
  expect(await (await net().request({ ...get, bytesMax: 5000, url })).bytes()).toHaveLength(5000);
});

const retry = { attempts: 4, baseMs: 100, capMs: 5000 };

test('503 and a cut connection are tried again with growing waits', async () => {
  let n = 0;
  const { url } = await serve((request, response) => {
    n++;
    if (n === 1) response.writeHead(503).end('busy');
    else if (n === 2) request.socket.destroy();
    else response.end('ok');
  });
  expect(await (await net().request({ ...get, url, retry })).text()).toBe('ok');
  expect(instant.waits).toEqual([100, 200]);
});

test('Retry-After is kept to; beyond the cap the answer is handed back at once', async () => {
  let after = '3';
  const { url, requests } = await serve((_, response) => void response.writeHead(429, { 'retry-after': after }).end());
  const limited = await net().request({ ...get, url, retry });
  expect([limited.status, limited.retryAfterMs, requests.length]).toEqual([429, 3000, 4]);
  expect(instant.waits).toEqual([3000, 3000, 3000]);
  after = '3600';
  expect((await net().request({ ...get, url, retry })).retryAfterMs).toBe(3_600_000);
  expect(requests).toHaveLength(5);
});

test('a POST is never tried again, nor is a refused connection', async () => {
  const { url, requests } = await serve((_, response) => void response.writeHead(503).end());
  expect((await net().request({ ...get, method: 'POST', url, retry })).status).toBe(503);
  expect(requests).toHaveLength(1);
  await expect(net().request({ ...get, url: 'http://127.0.0.1:1/', retry })).rejects.toMatchObject({
    code: 'request_failed',
    subject: 'GET http://127.0.0.1:1/: the connection was refused',
  });
  expect(instant.waits).toEqual([]);
});

test('waiting for headers, for the body and for the whole is limited', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/silent') return;
    response.writeHead(200);
    if (request.url === '/drip') setInterval(() => response.write('x'), 40).unref();
    else response.write('x');
  });
  const read = (path: string, timeouts: object) =>
    codeOf(
      net()
        .request({ ...get, url: url + path, timeouts })
        .then((response) => response.bytes()),
    );
  expect(await read('/silent', { headersMs: 100 })).toBe('request_timeout');
  expect(await read('/stuck', { bodyIdleMs: 100 })).toBe('request_timeout');
  expect(await read('/drip', { totalMs: 300 })).toBe('request_timeout');
});

test('a signal stops the request, the body and the wait between attempts', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/busy') response.writeHead(503).end();
    else if (request.url === '/body') response.writeHead(200).write('x');
  });
  const stopAfter = (ms: number) => AbortSignal.timeout(ms);
  expect(await codeOf(net().request({ ...get, url, signal: AbortSignal.abort() }))).toBe('aborted');
  expect(await codeOf(net().request({ ...get, url, signal: stopAfter(50) }))).toBe('aborted');
  const body = net()
    .request({ ...get, url: `${url}/body`, signal: stopAfter(50) })
    .then((response) => response.bytes());
  expect(await codeOf(body)).toBe('aborted');
  const { systemTiming } = await import('./retry.ts');
  const waiting = net({ timing: systemTiming }).request({
    ...get,
    url: `${url}/busy`,
    signal: stopAfter(50),
    retry: { attempts: 3, baseMs: 60_000, capMs: 60_000 },
  });
  expect(await codeOf(waiting)).toBe('aborted');
});

test('errors name method and URL, never the query', async () => {
  const error = await net()
    .request({ ...get, url: 'http://user:pass@127.0.0.1:1/blob?X-Amz-Signature=s3cret#f' })
    .catch((e: AppError) => e);
  expect(String(error)).toContain('GET http://127.0.0.1:1/blob?…');
  expect(JSON.stringify(error) + String(error)).not.toMatch(/s3cret|pass/);
});

test('an unknown host says so', async () => {
  const resolve = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  await expect(net({ resolve }).request({ ...get, url: 'http://nowhere.test/' })).rejects.toMatchObject({
    code: 'request_failed',
    subject: 'GET http://nowhere.test/: the host name is unknown',
  });
});

test('a discarded body frees its connection', async () => {
  const { url, requests } = await serve((_, response) => void response.end(Buffer.alloc(1_000_000)));
  const client = net();
  for (let i = 0; i < 3; i++) await (await client.request({ ...get, url })).discard();
  await expect.poll(() => requests.map(({ socket }) => socket.destroyed)).toEqual([true, true, true]);
});

test('a discarded body that never ends is cut', async () => {
  const { url, requests } = await serve((_, response) => void response.writeHead(200).write('x'));
  const startedAt = performance.now();
  await (await net().request({ ...get, url, timeouts: { totalMs: null } })).discard();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await expect.poll(() => requests[0]?.socket.destroyed).toBe(true);
});

test('what is still on its way when all is closed is not tried again', async () => {
  const { url, requests } = await serve(() => {});
  const client = net();
  const failure = codeOf(client.request({ ...get, url, retry }));
  await expect.poll(() => requests.length).toBe(1);
  await client.close();
  expect(await failure).toBe('request_failed');
  expect(instant.waits).toEqual([]);
});

test('plain http goes to the proxy whole; names are judged here as far as they resolve', async () => {
  const proxy = await serve(
    (request, response) => void response.end(`${request.method} ${request.url} ${request.headers.host}`),
  );
  const resolve = async (hostname: string) => {
    if (hostname === 'inside.test') return [{ address: '10.0.0.1', family: 4 }] as const;
    throw Object.assign(new Error('x'), { code: 'ENOTFOUND' });
  };
  const proxied = net({ allowPrivate: false, proxy: { http: proxy.url, no: 'direct.test' }, resolve });
  const response = await proxied.request({ ...get, url: 'http://outside.test/a?b=c' });
  expect(await response.text()).toBe('GET http://outside.test/a?b=c outside.test');
  expect(await codeOf(proxied.request({ ...get, url: 'http://inside.test/' }))).toBe('address_forbidden');
  expect(await codeOf(proxied.request({ ...get, url: 'http://169.254.169.254/' }))).toBe('address_forbidden');
  expect(await codeOf(proxied.request({ ...get, url: 'http://direct.test/' }))).toBe('request_failed');
  expect(proxy.requests).toHaveLength(1);
});

test('a name that takes for ever to resolve does not hold a request through a proxy', async () => {
  const resolve = () => new Promise<never>(() => {});
  const proxied = net({ proxy: { http: 'http://127.0.0.1:1' }, resolve });
  const request = { ...get, url: 'http://outside.test/' };
  expect(await codeOf(proxied.request({ ...request, timeouts: { totalMs: 100 } }))).toBe('request_timeout');
  expect(await codeOf(proxied.request({ ...request, signal: AbortSignal.timeout(100) }))).toBe('aborted');
});

test('a proxy that does not answer is told from a host that does not', async () => {
  const dead = { http: 'http://user:s3cret@127.0.0.1:1', https: 'http://user:s3cret@127.0.0.1:1' };
  for (const scheme of ['http', 'https']) {
    const url = `${scheme}://outside.invalid/a`;
    await expect(net({ proxy: dead, resolve: async () => [] }).request({ ...get, url })).rejects.toMatchObject({
      subject: `GET ${url}, through the proxy: the connection was refused`,
    });
  }
});
