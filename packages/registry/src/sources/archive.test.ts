import { randomBytes } from 'node:crypto';
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf, type ImageSource, type LayerContent, parsePlatform } from '@soupcon/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openImage } from '../open.ts';
import { type BuiltImage, buildImage, readAll, tarOf } from '../testing/image-builder.ts';
import { clientsClosed, newClient } from '../testing/tracked.ts';
import { ArchivePass } from './archive-pass.ts';

let directory: string;
let image: BuiltImage;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'soupcon-archive-'));
  image = await buildImage({ layers: [{ a: randomBytes(300_000) }, { b: 'B' }, { c: randomBytes(100_000) }] });
});
afterEach(async () => {
  await clientsClosed();
  await rm(directory, { recursive: true, force: true });
});

type Entries = Parameters<typeof tarOf>[0];

async function save(entries: Entries, pack: (tar: Uint8Array) => Uint8Array = (tar) => tar): Promise<string> {
  const file = join(directory, 'saved.tar');
  await writeFile(file, pack(await tarOf(entries)));
  return file;
}

const open = (file: string, platform?: string) =>
  openImage(`docker-archive:${file}`, {
    client: newClient().client,
    hostArchitecture: 'amd64',
    platform: platform === undefined ? null : parsePlatform(platform),
  });

async function read(content: LayerContent): Promise<Digest> {
  if (content.kind === 'stream') return digestOf(await readAll(await content.open(new AbortController().signal)));
  if (content.kind !== 'file') return digestOf('nothing');
  const handle = await openFile(content.path);
  const bytes = Buffer.alloc(content.size);
  await handle.read(bytes, 0, content.size, content.offset);
  await handle.close();
  return digestOf(bytes);
}

const readLayers = async (source: ImageSource, order = source.access.order) => {
  const digests: Digest[] = [];
  for (const index of order) digests[index] = await read(source.layer(index));
  return digests;
};

const hex = (digest: string) => digest.slice(7);

/** As docker wrote before 25: a directory for each layer, here with the last layer first in the archive. */
function legacy(tags: string[] | null = ['app:1']): Entries {
  const names = image.tars.map((_, at) => `${String(at).repeat(64)}/layer.tar`);
  const layers = image.tars.map((tar, at) => ({ name: names[at] ?? '', content: tar })).reverse();
  const config = `${hex(image.config.digest)}.json`;
  const manifest = JSON.stringify([{ Config: config, RepoTags: tags, Layers: names }]);
  return [...layers, { name: config, content: image.config.bytes }, { name: 'manifest.json', content: manifest }];
}

/** As docker writes since 25: an OCI layout with a manifest.json beside it. */
function modern(compressed: boolean): Entries {
  const blobs = compressed ? image.layers.map(({ bytes }) => bytes) : image.tars;
  const names = blobs.map((bytes) => `blobs/sha256/${hex(digestOf(bytes))}`);
  const config = `blobs/sha256/${hex(image.config.digest)}`;
  const manifest = JSON.stringify([{ Config: config, RepoTags: ['app:1'], Layers: names, LayerSources: {} }]);
  return [
    { name: 'blobs/', type: 'directory' },
    ...blobs.map((content, at) => ({ name: names[at] ?? '', content })),
    { name: config, content: image.config.bytes },
    { name: 'index.json', content: '{}' },
    { name: 'manifest.json', content: manifest },
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
  ];
}

const tarDigests = () => image.tars.map((tar) => digestOf(tar));

test('an uncompressed archive gives its layers as ranges of the file', async () => {
  const source = await open(await save(legacy()));
  expect(source.image).toMatchObject({
    digest: image.config.digest,
    platform: { os: 'linux', architecture: 'amd64' },
    size: image.config.size + image.tars.reduce((sum, { length }) => sum + length, 0),
    problems: [],
  });
  expect(source.image.layers.map(({ digest, diffId }) => [digest, diffId])).toEqual(
    tarDigests().map((id) => [null, id]),
  );
  expect(source.access).toEqual({ order: [0, 1, 2], parallel: true });
  expect(source.layer(0).kind).toBe('file');
  expect(await readLayers(source)).toEqual(tarDigests());
  await source.close();
});

test('a layout in an archive is read by its manifest.json; compressed layers keep their own digest', async () => {
  const plain = await open(await save(modern(false)));
  expect(plain.image.layers.map(({ digest }) => digest)).toEqual([null, null, null]);
  expect(await readLayers(plain)).toEqual(tarDigests());
  await plain.close();
  const compressed = await open(await save(modern(true)));
  expect(compressed.image.layers.map(({ digest }) => digest)).toEqual(image.layers.map(({ digest }) => digest));
  expect(await readLayers(compressed)).toEqual(image.layers.map(({ digest }) => digest));
  await compressed.close();
});

test('a compressed archive gives its layers in its own order from one pass, and in any other order too', async () => {
  const source = await open(await save(legacy(), gzipSync));
  expect(source.access).toEqual({ order: [2, 1, 0], parallel: false });
  expect(source.layer(0).kind).toBe('stream');
  expect(await readLayers(source)).toEqual(tarDigests());
  expect(await readLayers(source, [0, 2, 1, 1])).toEqual(tarDigests());
  await source.close();
});

test('a reader that leaves a stream early, or stops, does not harm the next', async () => {
  const source = await open(await save(legacy(), gzipSync));
  const content = source.layer(2);
  if (content.kind !== 'stream') return expect.unreachable();
  for await (const _ of await content.open(new AbortController().signal)) break;
  const stopped = content.open(AbortSignal.abort()).then(readAll);
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  expect(await readLayers(source)).toEqual(tarDigests());
  await source.close();
});

test('a pass keeps nothing of what it went past on the way to a later entry, and stops when it is told to', async () => {
  const file = await save(legacy(), gzipSync);
  const handle = await openFile(file);
  const wanted = new Set([0, 2]);
  const pass = new ArchivePass(handle, file, 'gzip', wanted);
  const { signal } = new AbortController();
  await expect(readAll(pass.content(2, AbortSignal.abort()))).rejects.toMatchObject({ code: 'aborted' });
  expect(pass.reaches(0)).toBe(true);
  expect(digestOf(await readAll(pass.content(2, signal)))).toBe(tarDigests()[0]);
  expect(pass.reaches(0)).toBe(false);
  pass.close();
  await handle.close();
});

test('a zstd archive is read like a gzip one', async () => {
  // A frame of raw blocks, as the format allows them: RFC 8878.
  const frame = (tar: Uint8Array) => {
    const parts: Uint8Array[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
    for (let at = 0; at < tar.length; at += 65_536) {
      const piece = tar.subarray(at, at + 65_536);
      const head = Buffer.alloc(3);
      head.writeUIntLE((piece.length << 3) | (at + 65_536 >= tar.length ? 1 : 0), 0, 3);
      parts.push(head, piece);
    }
    return Buffer.concat(parts);
  };
  const source = await open(await save(modern(true), frame));
  expect(source.access.parallel).toBe(false);
  expect(await readLayers(source)).toEqual(image.layers.map(({ digest }) => digest));
  await source.close();
});

test('a layer that is a link to another is read from there; a link out of the archive is missing', async () => {
  const [first = Buffer.alloc(0)] = image.tars;
  const twice = await buildImage({
    layers: [{ x: 'X' }],
    config: { rootfs: { diff_ids: [digestOf(first), digestOf(first)] } },
  });
  const entries = (target: string): Entries => [
    { name: 'one/layer.tar', content: first },
    { name: 'two/layer.tar', type: 'symlink', linkname: target },
    { name: 'config.json', content: twice.config.bytes },
    {
      name: 'manifest.json',
      content: JSON.stringify([{ Config: 'config.json', Layers: ['one/layer.tar', 'two/layer.tar'] }]),
    },
  ];
  for (const pack of [(tar: Uint8Array) => tar, gzipSync]) {
    const source = await open(await save(entries('../one/layer.tar'), pack));
    expect(await readLayers(source)).toEqual([digestOf(first), digestOf(first)]);
    await source.close();
  }
  for (const target of ['../../../../etc/passwd', '/etc/passwd', 'layer.tar']) {
    await expect(open(await save(entries(target)))).rejects.toMatchObject({ code: 'blob_missing' });
  }
});

test('of several images one must be named, by any spelling of its name', async () => {
  const other = await buildImage({ layers: [{ z: 'Z' }] });
  const base = legacy().slice(0, -1);
  const names = image.tars.map((_, at) => `${String(at).repeat(64)}/layer.tar`);
  const manifest = JSON.stringify([
    { Config: `${hex(image.config.digest)}.json`, RepoTags: ['alpine:3.20'], Layers: names },
    { Config: 'other.json', RepoTags: ['team/other:latest'], Layers: ['other/layer.tar'] },
  ]);
  const file = await save([
    ...base,
    { name: 'other/layer.tar', content: other.tars[0] ?? '' },
    { name: 'other.json', content: other.config.bytes },
    { name: 'manifest.json', content: manifest },
  ]);
  await expect(open(file)).rejects.toMatchObject({
    code: 'source_ambiguous',
    subject: `${file} has alpine:3.20, team/other:latest`,
  });
  await expect(open(`${file}:none`)).rejects.toMatchObject({ code: 'source_not_found' });
  for (const name of ['team/other', 'docker.io/team/other:latest']) {
    const source = await open(`${file}:${name}`);
    expect(source.image.digest).toBe(other.config.digest);
    await source.close();
  }
});

test('a platform that is asked for and is another is refused', async () => {
  await expect(open(await save(legacy()), 'linux/arm64')).rejects.toMatchObject({ code: 'platform_not_found' });
});

test('a configuration that is not its digest, or not there, is refused', async () => {
  const changed = legacy().map((entry) =>
    entry.name === `${hex(image.config.digest)}.json` ? { ...entry, content: '{}' } : entry,
  );
  await expect(open(await save(changed))).rejects.toMatchObject({ code: 'blob_digest_mismatch' });
  const without = legacy().filter(({ name }) => name !== `${hex(image.config.digest)}.json`);
  await expect(open(await save(without))).rejects.toMatchObject({ code: 'blob_missing' });
});

test('a large configuration in a compressed archive is read by a pass of its own', async () => {
  image = await buildImage({ layers: [{ a: 'A' }], config: { padding: 'x'.repeat(5 * 1024 * 1024) } });
  const source = await open(await save(legacy(), gzipSync));
  expect(source.image.digest).toBe(image.config.digest);
  expect(await readLayers(source)).toEqual(tarDigests());
  await source.close();
});

test.each([
  ['nothing', () => Buffer.alloc(0), 'not a tar archive'],
  ['text', () => Buffer.from('hello world\n'.repeat(100)), 'not a tar archive'],
  ['a cut-off archive', (tar: Uint8Array) => tar.subarray(0, tar.length - 105_000), 'cut off'],
  ['a cut-off gzip', (tar: Uint8Array) => gzipSync(tar).subarray(0, 50_000), 'cannot be unpacked'],
  [
    'damaged gzip',
    (tar: Uint8Array) => Buffer.concat([gzipSync(tar).subarray(0, 50_000), Buffer.alloc(100_000, 1)]),
    'cannot be unpacked',
  ],
  ['xz', () => Buffer.from('fd377a585a000004', 'hex'), 'compressed with xz'],
])('%s is refused in words', async (_, pack, why) => {
  await expect(open(await save(legacy().toReversed(), pack))).rejects.toMatchObject({
    code: 'source_unreadable',
    subject: expect.stringContaining(why),
  });
});

test.each([
  ['[]', 'source_not_found', 'without images'],
  ['{}', 'source_unreadable', 'not a list'],
  ['[7]', 'source_unreadable', 'no object'],
  ['[{"Config":7}]', 'source_unreadable', 'no configuration'],
  ['[{"Config":"a","Layers":[1]}]', 'source_unreadable', 'no layers'],
  ['[{"Config":"../../etc/passwd","Layers":[]}]', 'blob_missing', 'etc/passwd'],
])('a manifest.json of %s is refused', async (content, code, why) => {
  await expect(open(await save([{ name: 'manifest.json', content }]))).rejects.toMatchObject({
    code,
    subject: expect.stringContaining(why),
  });
});

test('an archive of endless names is refused before they fill memory', async () => {
  const entries = Array.from({ length: 6000 }, (_, at) => ({ name: `${at}/${'x'.repeat(3000)}`, content: '' }));
  await expect(open(await save([...entries, ...legacy()], gzipSync))).rejects.toMatchObject({
    code: 'source_unreadable',
    subject: expect.stringContaining('names'),
  });
});

test('an OCI layout packed without a manifest.json is named', async () => {
  await expect(open(await save([{ name: 'index.json', content: '{}' }]))).rejects.toMatchObject({
    code: 'source_unreadable',
    subject: expect.stringContaining('an OCI layout in an archive'),
  });
});
