import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { documentsOf, type Image, sha256, types } from './layout.ts';

/** A registry that takes its time over each layer, so that whoever pulls from it can be met in the middle. */
export interface SlowRegistry {
  readonly host: string;
  /** @returns the digest of the manifest. */
  hold(repository: string, image: Image): string;
  /** What was asked of a repository, `manifests/sha256:...`. */
  asked(repository: string): string[];
  close(): Promise<void>;
}

interface Content {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export async function startSlowRegistry({ layerMs }: { readonly layerMs: number }): Promise<SlowRegistry> {
  const contents = new Map<string, Content>();
  const asked: string[] = [];
  const server = createServer(({ url = '', method }, response) => {
    asked.push(url);
    const content = contents.get(url);
    if (url === '/v2/') return void response.writeHead(200).end('{}');
    if (content === undefined) return void response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    const { type, bytes } = content;
    const digest = sha256(bytes);
    const headers = { 'content-type': type, 'docker-content-digest': digest, 'content-length': bytes.length };
    response.writeHead(200, headers);
    if (method === 'HEAD') return void response.end();
    void send(response, bytes, type === layerType ? layerMs : 0);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(repository, image) {
      const { manifest, config } = documentsOf(image);
      const put = (kind: string, bytes: Uint8Array, type: string) =>
        contents.set(`/v2/${repository}/${kind}/${sha256(bytes)}`, { type, bytes });
      put('manifests', manifest, types.manifest);
      put('blobs', config, types.config);
      for (const { stored } of image.layers) put('blobs', stored, layerType);
      return sha256(manifest);
    },
    asked: (repository) =>
      asked.flatMap((url) => (url.startsWith(`/v2/${repository}/`) ? [url.slice(`/v2/${repository}/`.length)] : [])),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const layerType = 'application/octet-stream';

async function send(response: ServerResponse, bytes: Uint8Array, pauseMs: number): Promise<void> {
  const half = bytes.length >> 1;
  response.write(bytes.subarray(0, half));
  await wait(pauseMs);
  response.end(bytes.subarray(half)); // To a client that was killed meanwhile nothing is sent.
}
