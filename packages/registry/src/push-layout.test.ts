import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppError } from '@soupcon/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listPlatforms, openImage } from './open.ts';
import { pushLayout } from './push-layout.ts';
import { type FakeRegistry, startFakeRegistry } from './testing/fake-registry.ts';
import { takePush } from './testing/fake-uploads.ts';
import {
  type BuiltImage,
  blobOf,
  blobsOf,
  buildImage,
  descriptorOf,
  indexOf,
  types,
  writeLayout,
} from './testing/image-builder.ts';
import { clientsClosed, newClient } from './testing/tracked.ts';

let fake: FakeRegistry;
let directory: string;
let amd64: BuiltImage;
let arm64: BuiltImage;

beforeEach(async () => {
  fake = await startFakeRegistry();
  fake.intercept = (request, response, url) => takePush(fake, request, response, url);
  directory = await mkdtemp(join(tmpdir(), 'soupcon-push-'));
  amd64 = await buildImage({ layers: [{ a: 'A' }, { b: 'B' }] });
  arm64 = await buildImage({ layers: [{ a: 'A' }], platform: { os: 'linux', architecture: 'arm64' } });
});
afterEach(async () => {
  await clientsClosed();
  await fake.close();
  await rm(directory, { recursive: true });
});

const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
const push = (layout = directory) =>
  pushLayout({ layout, client: newClient().client, to: { registry: fake.host, repository: 'team/app' }, tag: '1' });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: AppError) => error.code,
  );
const reading = () => ({ client: newClient().client, hostArchitecture: 'amd64' });
const puts = () => fake.lines().filter((line) => line.startsWith('PUT /v2/'));

test('an image goes with its configuration and layers, and is named last', async () => {
  const named = descriptorOf(amd64.manifest, { annotations: { 'org.opencontainers.image.ref.name': 'v1' } });
  await writeLayout(directory, blobsOf(amd64), [named]);
  expect(await push(`${directory}:v1`)).toBe(amd64.manifest.digest);
  expect(puts()).toEqual(['PUT /v2/team/app/manifests/1']);
  expect((await openImage(`${fake.host}/team/app:1`, reading())).image.digest).toBe(amd64.manifest.digest);
  expect(fake.blobs.size).toBe(4);
});

test('an index goes with all it lists, attestations and indexes inside it included, children first', async () => {
  const attestation = await buildImage({
    layers: [{ c: 'C' }],
    layerType: 'application/vnd.in-toto+json',
    platform: { os: 'unknown', architecture: 'unknown' },
  });
  const inner = indexOf([descriptorOf(arm64.manifest, platform('arm64'))]);
  const index = indexOf([
    descriptorOf(amd64.manifest, platform('amd64')),
    descriptorOf(attestation.manifest, platform('unknown')),
    descriptorOf(inner),
    descriptorOf(amd64.manifest, platform('amd64')),
  ]);
  await writeLayout(directory, [index, inner, ...blobsOf(amd64, arm64, attestation)], [descriptorOf(index)]);
  expect(await push()).toBe(index.digest);
  const expected = [amd64.manifest, attestation.manifest, arm64.manifest, inner].map(({ digest }) => digest);
  expect(puts()).toEqual([...expected, '1'].map((name) => `PUT /v2/team/app/manifests/${name}`));
  expect(fake.tags.get('1')).toMatchObject({ mediaType: types.index, digest: index.digest });
});

test('platforms that a layout lists side by side become one index', async () => {
  const entries = [
    descriptorOf(amd64.manifest, platform('amd64')),
    descriptorOf(arm64.manifest, { platform: { os: 'linux', architecture: 'arm64', 'os.version': '7' } }),
  ];
  await writeLayout(directory, blobsOf(amd64, arm64), entries);
  await push();
  const platforms = await listPlatforms(`${fake.host}/team/app:1`, reading());
  expect(platforms.map((entry) => entry.platform)).toEqual([
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64', osVersion: '7' },
  ]);
});

test('a foreign layer that is not there is left where it is, another missing blob ends the push before any name', async () => {
  const layer = blobOf('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'far away');
  const body = { schemaVersion: 2, mediaType: types.manifest, config: descriptorOf(amd64.config) };
  const foreign = blobOf(types.manifest, { ...body, layers: [descriptorOf(layer)] });
  await writeLayout(directory, [foreign, amd64.config], [descriptorOf(foreign)]);
  expect(await push()).toBe(foreign.digest);
  const broken = blobOf(types.manifest, { ...body, layers: [descriptorOf({ ...layer, mediaType: types.layer })] });
  await writeLayout(directory, [broken, amd64.config], [descriptorOf(broken)]);
  fake.tags.clear();
  expect(await codeOf(push())).toBe('blob_missing');
  expect(fake.tags.size).toBe(0);
});

test('a blob of the layout that was changed is not taken for what it was', async () => {
  await writeLayout(directory, blobsOf(amd64), [descriptorOf(amd64.manifest)]);
  const [layer] = amd64.layers;
  const changed = { ...amd64.config, bytes: Buffer.alloc(amd64.config.size, ' ') };
  await writeLayout(directory, [changed, ...(layer ? [layer] : [])], [descriptorOf(amd64.manifest)]);
  expect(await codeOf(push())).toBe('blob_digest_mismatch');
});

test('indexes inside indexes without end are refused', async () => {
  let deepest = descriptorOf(amd64.manifest, platform('amd64'));
  const indexes = Array.from({ length: 5 }, () => {
    const index = indexOf([deepest]);
    deepest = descriptorOf(index);
    return index;
  });
  await writeLayout(directory, [...indexes, ...blobsOf(amd64)], [deepest]);
  expect(await codeOf(push())).toBe('manifest_malformed');
});
