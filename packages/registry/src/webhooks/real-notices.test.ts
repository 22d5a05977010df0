import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pushLayout } from '../push-layout.ts';
import { blobsOf, buildImage, descriptorOf, indexOf, types, writeLayout } from '../testing/image-builder.ts';
import { executablePath, missingPrograms, startRealRegistry } from '../testing/real-registry.ts';
import { clientsClosed, newClient } from '../testing/tracked.ts';
import { distribution } from './distribution.ts';
import type { IgnoredReason, PushEvent } from './webhook.ts';

const missing = missingPrograms(['docker-registry'], executablePath());
const title = 'what a real registry sends of a push and a pull is read as what was pushed';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Takes notices and keeps what they mean. */
async function startReceiver() {
  const events: PushEvent[] = [];
  const ignored: IgnoredReason[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const parsed = distribution.parse({ headers, body: Buffer.concat(chunks) });
    events.push(...parsed.events);
    ignored.push(...parsed.ignored.map(({ reason }) => reason));
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return { events, ignored, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

test.skipIf(missing.length > 0)(
  missing.length === 0 ? title : `${title} (not run: ${missing.join(', ')} not on the PATH)`,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'soupcon-notices-'));
    cleanups.push(() => rm(directory, { recursive: true }));
    const receiver = await startReceiver();
    const endpoint = `{ name: us, url: '${receiver.url}', timeout: 1s, threshold: 5, backoff: 1s }`;
    const registry = await startRealRegistry(directory, { sections: `notifications: { endpoints: [${endpoint}] }` });
    cleanups.push(clientsClosed, () => registry.stop());
    const image = await buildImage({ layers: [{ a: 'A' }] });
    const platform = { platform: { os: 'linux', architecture: 'amd64' } };
    const index = indexOf([descriptorOf(image.manifest, platform)]);
    const layout = join(directory, 'layout');
    await writeLayout(layout, [index, ...blobsOf(image)], [descriptorOf(index)]);
    const to = { registry: registry.host, repository: 'team/app' };
    const { client } = newClient();
    await pushLayout({ layout, client, to, tag: '1' });
    await client.manifest(to, '1');
    await expect.poll(() => receiver.ignored, { timeout: 10_000 }).toContain('own-read');
    const common = { repository: 'team/app', host: registry.host, actor: null };
    expect(receiver.events).toMatchObject([
      { ...common, tag: null, digest: image.manifest.digest, mediaType: types.manifest },
      { ...common, tag: '1', digest: index.digest, mediaType: types.index },
    ]);
    for (const { pushedAt } of receiver.events) {
      expect(Math.abs(Date.parse(pushedAt ?? '') - Date.now())).toBeLessThan(60_000);
    }
    expect(receiver.ignored.filter((reason) => reason === 'not-a-manifest')).toHaveLength(2);
  },
);
