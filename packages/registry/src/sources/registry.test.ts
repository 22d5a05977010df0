import { Readable } from 'node:stream';
import { abortedBy } from '@soupcon/net';
import { afterEach, expect, test, vi } from 'vitest';
import type { RegistryClient } from '../client.ts';
import { blobOf, buildImage, descriptorOf, types } from '../testing/image-builder.ts';
import { openInspected, openRegistry } from './registry.ts';

afterEach(() => void vi.useRealTimers());

test('a configuration that comes in drops for ever is given up; layers have their readers to do so', async () => {
  const { manifest } = await buildImage({ layers: [{ a: 'A' }] });
  const never = () => expect.unreachable();
  const client: RegistryClient = {
    manifest: async () => manifest,
    blob: (_, __, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(abortedBy(signal, 'the blob')));
      }),
    headManifest: never,
    hasBlob: never,
    listTags: never,
    pushBlob: never,
    pushManifest: never,
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const opening = expect(
    openRegistry('ghcr.io/a/b', client, { platform: null, hostArchitecture: 'amd64' }),
  ).rejects.toMatchObject({ code: 'request_timeout', subject: expect.stringContaining('ghcr.io/a/b') });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  await opening;
});

test('of an image that many may name a foreign layer is left unread, although this registry has it', async () => {
  const { config, layers } = await buildImage({ layers: [{ a: 'A' }] });
  const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
  const document = blobOf(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(config),
    layers: layers.map((layer) => descriptorOf({ ...layer, mediaType })),
  });
  const never = () => expect.unreachable();
  const client: RegistryClient = {
    manifest: async () => document,
    blob: async () => Readable.from([config.bytes]),
    hasBlob: async () => true,
    headManifest: never,
    listTags: never,
    pushBlob: never,
    pushManifest: never,
  };
  const reference = { registry: 'ghcr.io', repository: 'a/b', tag: null, digest: document.digest };
  const source = await openInspected(reference, { descriptor: document, platform: null }, client);
  expect(source.layer(0)).toMatchObject({ kind: 'unavailable', problem: { code: 'layer_foreign', layer: 0 } });
  await source.close();
});
