import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Blob } from './image-builder.ts';

/** Test support: a registry that can be made to misbehave. It serves one flat set of content in every repository. */
export interface FakeRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly url: string;
  /** Every request, as `METHOD /path`, with its headers. */
  readonly requests: { line: string; headers: IncomingMessage['headers'] }[];
  readonly blobs: Map<string, Blob>;
  readonly tags: Map<string, Blob>;
  /** Looked at before anything else; returns true when it has answered. */
  intercept: ((request: IncomingMessage, response: ServerResponse, url: URL) => boolean | Promise<boolean>) | null;
  lines(): string[];
  close(): Promise<void>;
}

export async function startFakeRegistry(): Promise<FakeRegistry> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake.invalid');
    fake.requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    void Promise.resolve(fake.intercept?.(request, response, url) ?? false).then((answered) => {
      if (!answered) serve(fake, request, response, url);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeRegistry = {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    requests: [],
    blobs: new Map(),
    tags: new Map(),
    intercept: null,
    lines: () => fake.requests.map(({ line }) => line),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
}

export function sendRaw(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body?: string | Uint8Array,
): true {
  response.writeHead(status, headers).end(body);
  return true;
}

function serve(fake: FakeRegistry, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const [, kind, name = ''] = /^\/v2\/.+\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
  const blob = kind === 'manifests' ? (fake.tags.get(name) ?? fake.blobs.get(name)) : fake.blobs.get(name);
  if (url.pathname === '/v2/') return void sendJson(response, 200, {});
  if (/\/tags\/list$/.test(url.pathname))
    return void sendJson(response, 200, { name: 'x', tags: [...fake.tags.keys()] });
  if (blob === undefined) {
    const code = kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN';
    return void sendJson(response, 404, { errors: [{ code, message: 'not here', detail: {} }] });
  }
  const headers = {
    'content-type': kind === 'manifests' ? blob.mediaType : 'application/octet-stream',
    'docker-content-digest': blob.digest,
  };
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) {
    response.writeHead(200, { ...headers, 'content-length': blob.size });
    return void response.end(request.method === 'HEAD' ? undefined : blob.bytes);
  }
  const rest = blob.bytes.subarray(Number(from));
  const range = `bytes ${from}-${blob.size - 1}/${blob.size}`;
  response.writeHead(206, { ...headers, 'content-length': rest.length, 'content-range': range }).end(rest);
}

/** Sends the head and the first bytes of a blob, then cuts the connection. */
export function cutAfter(response: ServerResponse, blob: Blob, bytes: number, start = 0): true {
  const status = start === 0 ? 200 : 206;
  response.writeHead(status, {
    'content-length': blob.size - start,
    ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${blob.size - 1}/${blob.size}` }),
  });
  response.write(blob.bytes.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 20));
  return true;
}
