import { abortedBy } from '@soupcon/net';
import { afterEach, expect, test, vi } from 'vitest';
import type { RegistryClient } from '../client.ts';
import { buildImage } from '../testing/image-builder.ts';
import { openRegistry } from './registry.ts';

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
