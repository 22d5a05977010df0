import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNet, type NetOptions } from './net.ts';

const openssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

// Without openssl there is nothing to make certificates with; the title says so.
const tlsTest = (name: string, run: () => Promise<void>) =>
  test.skipIf(!openssl)(openssl ? name : `${name} (not run: openssl is not on the PATH)`, run);

let directory: string;
const servers: Server[] = [];
let cert: string;
let port: number;
let plainPort: number;
let proxyPort: number;
let tunnels = 0;

beforeAll(async () => {
  if (!openssl) return;
  directory = mkdtempSync(join(tmpdir(), 'soupcon-net-'));
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:tls.test'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', [...args, ...subject], { stdio: 'ignore' });
  cert = readFileSync(certFile, 'utf8');
  const options: ServerOptions = { key: readFileSync(keyFile), cert };
  const secure = createServer(options, (request, response) => {
    if (request.url === '/down') response.writeHead(302, { location: `http://localhost:${plainPort}/` }).end();
    else response.end('secure');
  });
  const plain = createHttpServer((_, response) => void response.end('plain'));
  const proxy = createHttpServer();
  proxy.on('connect', (request, socket) => {
    tunnels++;
    const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on('error', () => upstream.destroy());
  });
  servers.push(secure, plain, proxy);
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  [port, plainPort, proxyPort] = servers.map((server) => (server.address() as AddressInfo).port) as [
    number,
    number,
    number,
  ];
});

afterAll(async () => {
  for (const server of servers) server.close();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

async function fetchText(url: string, options: Partial<NetOptions>): Promise<string> {
  const resolve = async () => [{ address: '127.0.0.1', family: 4 } as const];
  const net = createNet({ allowPrivate: true, resolve, ...options });
  try {
    return await (await net.request({ method: 'GET', url, bytesMax: 1000, redirect: 'follow' })).text();
  } finally {
    await net.close();
  }
}

tlsTest('a self-signed certificate is refused with its reason and remedy', async () => {
  await expect(fetchText(`https://localhost:${port}/`, {})).rejects.toMatchObject({
    code: 'request_failed',
    subject: expect.stringMatching(/self-signed certificate; add its CA/),
    detail: { failure: 'certificate', transient: false },
  });
});

tlsTest('a named CA is trusted, and a wrong host name is not', async () => {
  expect(await fetchText(`https://localhost:${port}/`, { ca: [cert] })).toBe('secure');
  await expect(fetchText(`https://other.test:${port}/`, { ca: [cert] })).rejects.toMatchObject({
    subject: expect.stringContaining('the certificate is for another host name'),
  });
});

tlsTest('TLS to a plain server says that it does not speak TLS', async () => {
  await expect(fetchText(`https://localhost:${plainPort}/`, {})).rejects.toMatchObject({
    subject: expect.stringContaining('does not speak TLS'),
    detail: { failure: 'connection' },
  });
});

tlsTest('a redirect from https to http is refused', async () => {
  await expect(fetchText(`https://localhost:${port}/down`, { ca: [cert] })).rejects.toMatchObject({
    code: 'redirect_refused',
  });
});

tlsTest('https goes through the proxy in a tunnel, its certificate checked against its own name', async () => {
  const proxy = { https: `http://127.0.0.1:${proxyPort}` };
  expect(await fetchText(`https://tls.test:${port}/`, { ca: [cert], proxy })).toBe('secure');
  expect(tunnels).toBe(1);
  await expect(fetchText(`https://other.test:${port}/`, { ca: [cert], proxy })).rejects.toMatchObject({
    detail: { failure: 'certificate' },
  });
});
