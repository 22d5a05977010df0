import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePlatform } from '@soupcon/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listPlatforms, openImage } from '../open.ts';
import {
  type BuiltImage,
  blobOf,
  blobsOf,
  buildImage,
  descriptorOf,
  indexOf,
  types,
  writeLayout,
} from '../testing/image-builder.ts';
import { clientsClosed, newClient } from '../testing/tracked.ts';

const refName = 'org.opencontainers.image.ref.name';
const named = (name: string) => ({ annotations: { [refName]: name } });
let directory: string;
let amd64: BuiltImage;
let arm64: BuiltImage;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'soupcon-layout-'));
  amd64 = await buildImage({ layers: [{ a: 'A' }, { b: 'B' }] });
  arm64 = await buildImage({ layers: [{ a: 'A64' }], platform: { os: 'linux', architecture: 'arm64' } });
});
afterEach(async () => {
  await clientsClosed();
  await rm(directory, { recursive: true, force: true });
});

const open = (text: string, platform?: string) =>
  openImage(text, {
    client: newClient().client,
    hostArchitecture: 'amd64',
    platform: platform === undefined ? null : parsePlatform(platform),
  });
const blobFile = (digest: string) => join(directory, 'blobs', 'sha256', digest.slice(7));

test('a layout of one image is opened without a tag; its layers are whole files', async () => {
  await writeLayout(directory, blobsOf(amd64), [descriptorOf(amd64.manifest)]);
  const source = await open(`oci:${directory}`);
  expect(source.image).toMatchObject({
    reference: `oci:${directory}`,
    digest: amd64.manifest.digest,
    mediaType: types.manifest,
    platform: { os: 'linux', architecture: 'amd64' },
    created: '2024-03-01T00:00:00Z',
    size: amd64.config.size + amd64.layers.reduce((sum, { size }) => sum + size, 0),
    problems: [],
  });
  expect(source.image.layers.map(({ digest, index }) => [index, digest])).toEqual(
    amd64.layers.map(({ digest }, at) => [at, digest]),
  );
  expect(source.layer(1)).toMatchObject({ kind: 'file', offset: 0, size: amd64.layers[1]?.size });
  expect(source.access).toEqual({ order: [0, 1], parallel: true });
  expect(() => source.layer(2)).toThrow(RangeError);
  await source.close();
});

test("of an index the host's platform is taken, or the one asked for; what there is not is told with what there is", async () => {
  const attestation = { ...descriptorOf(arm64.manifest), platform: { os: 'unknown', architecture: 'unknown' } };
  const index = indexOf([
    descriptorOf(arm64.manifest, { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
    descriptorOf(blobOf('application/vnd.example+json', '{}')),
    attestation,
    descriptorOf(amd64.manifest, { platform: { os: 'linux', architecture: 'amd64' } }),
  ]);
  await writeLayout(directory, [index, ...blobsOf(amd64, arm64)], [descriptorOf(index)]);
  expect((await open(`oci:${directory}`)).image.digest).toBe(amd64.manifest.digest);
  const arm = (await open(`oci:${directory}`, 'linux/arm64')).image;
  expect([arm.digest, arm.platform]).toEqual([
    arm64.manifest.digest,
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
  ]);
  await expect(open(`oci:${directory}`, 'linux/s390x')).rejects.toMatchObject({
    code: 'platform_not_found',
    subject: expect.stringContaining('linux/s390x; it has linux/arm64/v8, linux/amd64'),
  });
  const platforms = await listPlatforms(`oci:${directory}`, { client: newClient().client, hostArchitecture: 'amd64' });
  expect(platforms.map(({ platform }) => platform?.architecture)).toEqual(['arm64', 'amd64']);
});

test('a single manifest of another platform is taken as it is, unless a platform is asked for', async () => {
  await writeLayout(directory, blobsOf(arm64), [descriptorOf(arm64.manifest)]);
  expect((await open(`oci:${directory}`)).image.platform?.architecture).toBe('arm64');
  await expect(open(`oci:${directory}`, 'linux/amd64')).rejects.toMatchObject({ code: 'platform_not_found' });
});

test('children without a platform are asked for their configuration', async () => {
  const index = indexOf([descriptorOf(arm64.manifest), descriptorOf(amd64.manifest)]);
  await writeLayout(directory, [index, ...blobsOf(amd64, arm64)], [descriptorOf(index)]);
  expect((await open(`oci:${directory}`)).image.digest).toBe(amd64.manifest.digest);
  await expect(open(`oci:${directory}`, 'linux/s390x')).rejects.toMatchObject({
    subject: expect.stringContaining('it has linux/arm64, linux/amd64'),
  });
});

test('indexes may be nested three deep, not four', async () => {
  const platform = { platform: { os: 'linux', architecture: 'amd64' } };
  const indexes = [indexOf([descriptorOf(amd64.manifest, platform)])];
  for (let depth = 1; depth < 4; depth++) indexes.unshift(indexOf([descriptorOf(indexes[0] ?? amd64.manifest)]));
  const [four, three] = indexes;
  for (const index of [three, four]) {
    if (index) await writeLayout(directory, [...indexes, ...blobsOf(amd64)], [descriptorOf(index)]);
    const opening = open(`oci:${directory}`);
    if (index === three) expect((await opening).image.digest).toBe(amd64.manifest.digest);
    else
      await expect(opening).rejects.toMatchObject({
        code: 'manifest_malformed',
        subject: expect.stringContaining('3 deep'),
      });
  }
});

test('one manifest that is listed for two platforms is found for both', async () => {
  const entries = ['v6', 'v7'].map((variant) =>
    descriptorOf(arm64.manifest, { platform: { os: 'linux', architecture: 'arm', variant } }),
  );
  const attestation = { ...descriptorOf(amd64.manifest), platform: { os: 'unknown', architecture: 'unknown' } };
  const host = descriptorOf(amd64.manifest, { platform: { os: 'linux', architecture: 'amd64' } });
  const index = indexOf([attestation, ...entries, host, host]);
  await writeLayout(directory, [index, ...blobsOf(amd64, arm64)], [descriptorOf(index)]);
  const platforms = await listPlatforms(`oci:${directory}`, { client: newClient().client, hostArchitecture: 'amd64' });
  expect(platforms.map(({ platform }) => platform?.variant ?? platform?.architecture)).toEqual(['v6', 'v7', 'amd64']);
  expect((await open(`oci:${directory}`)).image.digest).toBe(amd64.manifest.digest);
});

test('something else than an image among children without a platform is passed over', async () => {
  const chart = await buildImage({ layers: [{ a: 'A' }], configType: 'application/vnd.cncf.helm.config.v1+json' });
  const write = async (...images: BuiltImage[]) => {
    const index = indexOf(images.map(({ manifest }) => descriptorOf(manifest)));
    await writeLayout(directory, [index, ...blobsOf(...images)], [descriptorOf(index)]);
  };
  await write(chart, amd64);
  expect((await open(`oci:${directory}`)).image.digest).toBe(amd64.manifest.digest);
  await write(chart, arm64);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({ code: 'platform_not_found' });
  await write(chart);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({
    code: 'manifest_unsupported',
    subject: expect.stringContaining('a Helm chart'),
  });
});

test('a tag chooses among several images; without one they are listed', async () => {
  const entries = [
    descriptorOf(amd64.manifest, named('one')),
    descriptorOf(arm64.manifest, named('docker.io/library/two:2')),
  ];
  await writeLayout(directory, blobsOf(amd64, arm64), entries);
  expect((await open(`oci:${directory}:one`)).image.digest).toBe(amd64.manifest.digest);
  expect((await open(`oci:${directory}:docker.io/library/two:2`)).image.digest).toBe(arm64.manifest.digest);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({
    code: 'source_ambiguous',
    subject: expect.stringContaining('it has one, docker.io/library/two:2'),
  });
  await expect(open(`oci:${directory}:none`)).rejects.toMatchObject({
    code: 'source_not_found',
    subject: expect.stringContaining('no image "none"; it has one'),
  });
});

test('entries that are platforms of one image are chosen by platform', async () => {
  const entries = [arm64, amd64].map(({ manifest }, at) =>
    descriptorOf(manifest, { platform: { os: 'linux', architecture: at === 0 ? 'arm64' : 'amd64' } }),
  );
  await writeLayout(directory, blobsOf(amd64, arm64), entries);
  expect((await open(`oci:${directory}`)).image.digest).toBe(amd64.manifest.digest);
  expect((await open(`oci:${directory}`, 'linux/arm64')).image.digest).toBe(arm64.manifest.digest);
});

test('a directory with a colon in its name is preferred to a tag', async () => {
  const odd = join(directory, 'a:b');
  await mkdir(odd);
  await writeLayout(odd, blobsOf(amd64), [descriptorOf(amd64.manifest, named('t'))]);
  expect((await open(`oci:${odd}`)).image.digest).toBe(amd64.manifest.digest);
  expect((await open(`oci:${odd}:t`)).image.digest).toBe(amd64.manifest.digest);
});

test('parts that are missing, changed or of another size are refused before anything is read', async () => {
  const [layer] = amd64.layers;
  const broken = async (file: string, content: string | null) => {
    await writeLayout(directory, blobsOf(amd64), [descriptorOf(amd64.manifest)]);
    if (content === null) await unlink(file);
    else await writeFile(file, content);
    return open(`oci:${directory}`).then(
      () => 'opened',
      ({ code }) => code,
    );
  };
  const flipped = (text: Uint8Array) => Buffer.from(text).toString().replace('linux', 'LINUX').replace('"sch', '"SCH');
  expect(await broken(blobFile(layer?.digest ?? ''), null)).toBe('blob_missing');
  expect(await broken(blobFile(layer?.digest ?? ''), 'short')).toBe('blob_size_mismatch');
  expect(await broken(blobFile(amd64.config.digest), null)).toBe('blob_missing');
  expect(await broken(blobFile(amd64.config.digest), flipped(amd64.config.bytes))).toBe('blob_digest_mismatch');
  expect(await broken(blobFile(amd64.manifest.digest), flipped(amd64.manifest.bytes))).toBe('blob_digest_mismatch');
  expect(await broken(blobFile(amd64.manifest.digest), 'x')).toBe('blob_size_mismatch');
});

test('a blob may be a link to a file inside the layout, not to one outside, nor be anything but a file', async () => {
  const [layer] = amd64.layers;
  const file = blobFile(layer?.digest ?? '');
  await writeLayout(directory, blobsOf(amd64), [descriptorOf(amd64.manifest)]);
  await rename(file, join(directory, 'elsewhere'));
  await symlink('../../elsewhere', file);
  expect((await open(`oci:${directory}`)).layer(0)).toMatchObject({ kind: 'file' });
  await unlink(file);
  await symlink('/etc/passwd', file);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({
    code: 'source_unreadable',
    subject: expect.stringContaining('link out of'),
  });
  await unlink(file);
  await mkdir(file);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({
    code: 'source_unreadable',
    subject: expect.stringContaining('not a file'),
  });
});

test.each([
  ['{"schemaVersion":2,"manifests":[]}', 'source_not_found', 'without images'],
  ['{"schemaVersion":2}', 'manifest_malformed', 'neither layers'],
  ['nonsense', 'manifest_malformed', 'not a JSON object'],
  ['{"config":{},"layers":[]}', 'manifest_malformed', 'config'],
])('an index.json of %s is refused', async (content, code, why) => {
  await writeFile(join(directory, 'index.json'), content);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({ code, subject: expect.stringContaining(why) });
});

test('what is no layout, of another version or not there says so', async () => {
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({
    code: 'source_unreadable',
    subject: expect.stringContaining('no index.json'),
  });
  await expect(open(`oci:${directory}/none`)).rejects.toMatchObject({ code: 'source_not_found' });
  await writeLayout(directory, blobsOf(amd64), [descriptorOf(amd64.manifest)]);
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({ subject: expect.stringContaining('version 2.0.0') });
});

test('an oci-layout that is no plain small file is refused unread', async () => {
  await writeLayout(directory, blobsOf(amd64), [descriptorOf(amd64.manifest)]);
  const marker = join(directory, 'oci-layout');
  await unlink(marker);
  await symlink('/dev/zero', marker);
  const refused = { code: 'source_unreadable', subject: expect.stringContaining('oci-layout') };
  await expect(open(`oci:${directory}`)).rejects.toMatchObject(refused);
  await unlink(marker);
  await writeFile(marker, `{"imageLayoutVersion":"1.0.0"}${' '.repeat(5 * 1024 * 1024)}`);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject(refused);
});

test('an index without images, and one that lists something else than it has, are refused in words', async () => {
  const empty = indexOf([]);
  await writeLayout(directory, [empty], [descriptorOf(empty)]);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({
    code: 'manifest_unsupported',
    subject: expect.stringContaining('without a single image'),
  });
  const lie = indexOf([{ ...descriptorOf(amd64.manifest), mediaType: types.index }]);
  await writeLayout(directory, [lie, ...blobsOf(amd64)], [descriptorOf(lie)]);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({ code: 'manifest_malformed' });
});

test('a Helm chart alone in a layout is named', async () => {
  const chart = await buildImage({ layers: [{ a: 'A' }], configType: 'application/vnd.cncf.helm.config.v1+json' });
  await writeLayout(directory, blobsOf(chart), [descriptorOf(chart.manifest)]);
  await expect(open(`oci:${directory}`)).rejects.toMatchObject({
    code: 'manifest_unsupported',
    subject: expect.stringContaining('a Helm chart'),
  });
});

test('foreign layers that are not there, and layers of an unknown kind, are unavailable and said so', async () => {
  const foreign = {
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    digest: `sha256:${'f'.repeat(64)}`,
    size: 9,
    urls: ['http://169.254.169.254/'],
  };
  const [layer] = amd64.layers;
  const odd = await buildImage({
    layers: [{ a: 'A' }, { b: 'B' }, { c: 'C' }],
    manifest: {
      layers: [
        foreign,
        descriptorOf(layer ?? amd64.config),
        { ...descriptorOf(layer ?? amd64.config), mediaType: `${types.layer}+encrypted` },
      ],
    },
  });
  await writeLayout(directory, [...blobsOf(odd), ...blobsOf(amd64)], [descriptorOf(odd.manifest)]);
  const source = await open(`oci:${directory}`);
  const contents = [0, 1, 2].map((index) => source.layer(index));
  expect(contents).toMatchObject([
    { kind: 'unavailable', problem: { code: 'layer_foreign', layer: 0 } },
    { kind: 'file' },
    { kind: 'unavailable', problem: { code: 'layer_media_type_unknown', layer: 2 } },
  ]);
});

test('dir: is one layer without a digest, and must be a directory', async () => {
  const source = await open(`dir:${directory}`, 'linux/arm64');
  expect(source.image).toMatchObject({
    digest: null,
    platform: { architecture: 'arm64' },
    size: null,
    layers: [{ digest: null, diffId: null }],
  });
  expect(source.layer(0)).toEqual({ kind: 'directory', path: directory });
  expect((await open(`dir:${directory}`)).image.platform).toBeNull();
  await expect(open(`dir:${directory}/none`)).rejects.toMatchObject({
    code: 'source_not_found',
    subject: expect.stringContaining('none'),
  });
  await writeFile(join(directory, 'file'), '');
  await expect(open(`dir:${directory}/file`)).rejects.toMatchObject({ code: 'source_not_found' });
});
