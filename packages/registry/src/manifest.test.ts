import { digestOf } from '@soupcon/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAttestation, parseManifest } from './manifest.ts';

const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('c'), size: 1 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOf('l'), size: 1 };
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const image = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };

function parse(body: unknown, declared: string | null = null) {
  return parseManifest(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), declared, 'x');
}

test('the kind is told by the body, else by the transport, else by the content', () => {
  const { mediaType: _, ...bare } = image;
  expect(parse(image)).toMatchObject({ kind: 'image', mediaType: ociManifest });
  expect(parse(bare, `${dockerManifest}; charset=utf-8`)).toMatchObject({ kind: 'image', mediaType: dockerManifest });
  expect(parse(bare, 'application/octet-stream')).toMatchObject({ kind: 'image', mediaType: ociManifest });
  expect(parse({ schemaVersion: 2, manifests: [] })).toMatchObject({ kind: 'index', mediaType: ociIndex });
});

test('null is absent, unknown fields are no fault, and the platform is read', () => {
  const child = {
    ...layer,
    mediaType: ociManifest,
    platform: { os: 'linux', architecture: 'arm', variant: 'v7', 'os.features': ['x'] },
  };
  expect(
    parse({ mediaType: null, manifests: [child, { ...child, platform: null, annotations: null }], more: 1 }),
  ).toMatchObject({
    manifests: [{ platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }, { digest: layer.digest }],
  });
  expect(parse({ manifests: null, mediaType: ociIndex })).toMatchObject({ manifests: [] });
  expect(parse({ ...image, layers: null })).toMatchObject({ layers: [] });
  expect(parse({ ...image, mediaType: '' })).toMatchObject({ kind: 'image', mediaType: ociManifest });
});

describe('a document that can be read in two ways is refused', () => {
  test.each([
    ['both lists', { ...image, manifests: [] }, null],
    ['an index by type with layers', { ...image, mediaType: ociIndex }, null],
    ['an image by type with manifests', { mediaType: ociManifest, manifests: [] }, null],
    ['a body against its header', image, ociIndex],
    ['another body against its header', image, dockerManifest],
  ])('%s', (_, body, declared) => {
    expect(() => parse(body, declared)).toThrow('malformed');
  });
});

test.each([
  ['[]', 'not a JSON object'],
  ['null', 'not a JSON object'],
  ['{"a":', 'not a JSON object'],
  ['{}', 'neither layers nor manifests'],
  [{ mediaType: 7, layers: [] }, 'not a text'],
  [{ config: 'x', layers: [] }, '`config` is not an object'],
  [{ config, layers: {} }, '`layers` is not a list'],
  [{ config, layers: [null] }, '`layers[0]` is not an object'],
  [{ config, layers: [{ ...layer, digest: 'sha256:../../etc/passwd' }] }, 'not a sha256 digest'],
  [{ config, layers: [{ ...layer, digest: layer.digest.toUpperCase() }] }, 'not a sha256 digest'],
  [{ config, layers: [{ ...layer, size: -1 }] }, 'not a number of bytes'],
  [{ config, layers: [{ ...layer, size: 1.5 }] }, 'not a number of bytes'],
  [{ config, layers: [{ ...layer, size: '1' }] }, 'not a number of bytes'],
  [{ config, layers: [{ ...layer, size: 2 ** 60 }] }, 'not a number of bytes'],
  [{ config, layers: Array(1001).fill(layer) }, 'more than 1000 layers'],
  [{ manifests: Array(257).fill(layer) }, 'more than 256 manifests'],
  [{ manifests: 7 }, '`manifests` is not a list'],
])('%j is malformed: %s', (body, why) => {
  expect(() => parse(body)).toThrow(why);
});

test.each([
  [{ schemaVersion: 1, fsLayers: [], history: [] }, 'schema 1'],
  [{ schemaVersion: 1, mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }, 'schema 1'],
  [
    { config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' }, layers: [layer] },
    'a Helm chart (config application/vnd.cncf.helm.config.v1+json)',
  ],
  [
    { config, layers: [{ ...layer, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }] },
    'a cosign signature',
  ],
  [{ config, layers: [{ ...layer, mediaType: 'application/vnd.in-toto+json' }] }, 'an attestation'],
  [
    {
      artifactType: 'application/vnd.cyclonedx+json',
      config: { ...config, mediaType: 'application/vnd.oci.empty.v1+json' },
      layers: [{ ...layer, mediaType: 'application/vnd.cyclonedx+json' }],
    },
    'a bill of materials (artifact type application/vnd.cyclonedx+json)',
  ],
  [
    {
      config: { ...config, mediaType: 'application/vnd.oci.empty.v1+json' },
      layers: [{ ...layer, mediaType: 'text/x\n' }],
    },
    'an artifact of another kind (layers text/x)',
  ],
  [{ config: { ...config, mediaType: 'application/vnd.wasm.config.v0+json' }, layers: [] }, 'a WebAssembly module'],
  [{ config: { ...config, digest: `sha512:${'a'.repeat(128)}` }, layers: [] }, 'another kind than sha256'],
  [{ mediaType: 'application/vnd.example+json', layers: [] }, 'a document of the kind application/vnd.example+json'],
])('%j is named for what it is: %s', (body, what) => {
  try {
    parse(body);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'manifest_unsupported', subject: expect.stringContaining(what) });
  }
});

test('an encrypted layer makes no artifact of an image', () => {
  const encrypted = { ...layer, mediaType: `${layer.mediaType}+encrypted` };
  expect(parse({ config, layers: [encrypted] })).toMatchObject({
    kind: 'image',
    layers: [{ mediaType: encrypted.mediaType }],
  });
});

test('attestations are known by annotation or platform', () => {
  const child = { mediaType: ociManifest, digest: layer.digest, size: 1 } as const;
  expect(isAttestation({ ...child, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } })).toBe(true);
  expect(isAttestation({ ...child, platform: { os: 'unknown', architecture: 'unknown' } })).toBe(true);
  expect(isAttestation({ ...child, platform: { os: 'linux', architecture: 'amd64' } })).toBe(false);
});

test('keys like __proto__ change nothing', () => {
  const parsed =
    parse(`{"config":${JSON.stringify(config)},"layers":[{"mediaType":"","digest":"${layer.digest}","size":1,
    "annotations":{"__proto__":"x","a":"b"}}],"__proto__":{"manifests":[]}}`);
  expect(parsed).toMatchObject({ kind: 'image' });
  expect('manifests' in {}).toBe(false);
});

test('no JSON makes the parser fail otherwise than by name', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(config, layer, [layer], [config, layer], null));
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { config: value, layers: value, manifests: value, mediaType: value, schemaVersion: value },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(body, fc.option(fc.string()), (json, declared) => {
      try {
        parse(json, declared);
      } catch (error) {
        expect(['manifest_malformed', 'manifest_unsupported']).toContain((error as { code?: string }).code);
      }
    }),
  );
});
