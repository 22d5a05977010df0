import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { above, aboveBlob, complete, type ImageCase, partial, refused } from './cases.ts';
import { blobLayer, descriptorOf, hexOf, type Image, type Json, json, type Layer, sha256, types } from './layout.ts';
import { archive, file } from './tar.ts';

const added = file('opt/added', 'added');

/** Changes one entry of `layers` in the manifest. */
function secondLayer(edit: Json): (base: Layer) => Image {
  return (base) => ({
    ...above([added])(base),
    manifest: (usual) => ({
      ...usual,
      layers: (usual['layers'] as Json[]).map((one, at) => (at === 1 ? { ...one, ...edit } : one)),
    }),
  });
}

function spoilt(spoil: (directory: string, image: Image) => Promise<void>): (base: Layer) => Image {
  return (base) => {
    const image = above([added])(base);
    return { ...image, spoil: (directory) => spoil(directory, image) };
  };
}

function blobPath(directory: string, image: Image, at: number): string {
  return join(directory, 'blobs', 'sha256', hexOf(image.layers[at]?.digest ?? ''));
}

const config = (edit: (usual: Json) => Json | Uint8Array) => (base: Layer) => ({
  ...above([added])(base),
  config: edit,
});
const manifest = (edit: (usual: Json) => Json | Uint8Array) => (base: Layer) => ({
  ...above([added])(base),
  manifest: edit,
});
const index = (edit: (usual: Json) => Json | Uint8Array) => (base: Layer) => ({ ...above([added])(base), index: edit });

/** A layout, a manifest or a configuration that is not what it should be. */
export const brokenImages: readonly ImageCase[] = [
  // The layout.
  {
    name: 'broken-no-index-json',
    image: spoilt((directory) => rm(join(directory, 'index.json'))),
    expected: refused('source_unreadable', 'index.json'),
  },
  { name: 'broken-index-json-empty', image: index(() => Buffer.alloc(0)), expected: refused('manifest_malformed') },
  {
    name: 'broken-index-json-cut',
    image: index((usual) => json(usual).subarray(0, 60)),
    expected: refused('manifest_malformed'),
  },
  { name: 'broken-index-json-list', image: index(() => Buffer.from('[]')), expected: refused('manifest_malformed') },
  { name: 'broken-index-json-null', image: index(() => Buffer.from('null')), expected: refused('manifest_malformed') },
  {
    name: 'broken-index-json-deep',
    image: index(() => Buffer.from(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)),
    expected: refused('manifest_malformed'),
  },
  {
    name: 'broken-empty-index',
    image: index((usual) => ({ ...usual, manifests: [] })),
    expected: refused('source_not_found'),
  },
  {
    name: 'broken-index-manifests-text',
    image: index((usual) => ({ ...usual, manifests: 'all' })),
    expected: refused('manifest_malformed'),
  },
  {
    name: 'odd-no-oci-layout',
    image: spoilt((directory) => rm(join(directory, 'oci-layout'))),
    expected: complete(),
  },
  {
    name: 'broken-layout-version',
    image: spoilt((directory) => writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}')),
    expected: refused('source_unreadable', 'version 2.0.0'),
  },
  // Blobs.
  {
    name: 'broken-missing-layer',
    image: (base) => ({ layers: [base, { ...blobLayer(gzipSync(archive(added))), missing: true }] }),
    expected: refused('blob_missing'),
  },
  {
    name: 'broken-truncated-layer',
    image: spoilt((directory, image) => truncate(blobPath(directory, image, 1), 60)),
    expected: refused('blob_size_mismatch'),
  },
  {
    name: 'broken-changed-layer',
    image: spoilt(async (directory, image) => {
      const bytes = await readFile(blobPath(directory, image, 1));
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      await writeFile(blobPath(directory, image, 1), bytes);
    }),
    expected: refused('blob_digest_mismatch'),
  },
  { name: 'broken-layer-size', image: secondLayer({ size: 7 }), expected: refused('blob_size_mismatch') },
  {
    name: 'broken-layer-size-negative',
    image: secondLayer({ size: -1 }),
    expected: refused('manifest_malformed', 'size'),
  },
  {
    name: 'broken-layer-size-huge',
    image: secondLayer({ size: 2 ** 60 }),
    expected: refused('manifest_malformed', 'size'),
  },
  {
    name: 'broken-digest-uppercase',
    image: secondLayer({ digest: `sha256:${'AB'.repeat(32)}` }),
    expected: refused('manifest_malformed', 'digest'),
  },
  {
    name: 'broken-digest-path',
    image: secondLayer({ digest: `sha256:../../../../${'a'.repeat(52)}` }),
    expected: refused('manifest_malformed', 'digest'),
  },
  {
    name: 'broken-digest-sha512',
    image: secondLayer({ digest: `sha512:${'a'.repeat(128)}` }),
    expected: refused('manifest_unsupported', 'sha512'),
  },
  {
    name: 'broken-not-tar',
    image: aboveBlob(gzipSync('this is no archive, however long it is. '.repeat(40))),
    expected: refused('layer_not_tar'),
  },
  {
    name: 'broken-not-gzip',
    image: aboveBlob(Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(600, 0xff)])),
    expected: refused('layer_corrupt'),
  },
  {
    name: 'broken-gzip-cut',
    image: aboveBlob(gzipSync(archive(added)).subarray(0, 80)),
    expected: refused('layer_corrupt'),
  },
  {
    name: 'broken-gzip-trailing',
    image: aboveBlob(Buffer.concat([gzipSync(archive(added)), Buffer.from('trailing')])),
    expected: refused('layer_corrupt'),
  },
  {
    name: 'broken-zstd-cut',
    image: aboveBlob(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38, 0x50])),
    expected: refused('layer_corrupt'),
  },
  {
    name: 'broken-xz-layer',
    image: aboveBlob(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4])),
    expected: refused('layer_corrupt', 'xz'),
  },
  {
    name: 'broken-wrong-diffid',
    image: (base) => ({ layers: [base, { ...blobLayer(gzipSync(archive(added))), diffId: sha256(added) }] }),
    expected: refused('layer_diff_id_mismatch'),
  },
  // The manifest.
  {
    name: 'broken-manifest-json',
    image: manifest(() => Buffer.from('{"schemaVersion":2,')),
    expected: refused('manifest_malformed'),
  },
  {
    name: 'broken-manifest-both',
    image: manifest((usual) => ({ ...usual, mediaType: undefined, manifests: [] })),
    expected: refused('manifest_malformed', 'both'),
  },
  {
    name: 'broken-manifest-no-config',
    image: manifest((usual) => ({ ...usual, config: null })),
    expected: refused('manifest_malformed', 'config'),
  },
  {
    name: 'broken-manifest-layers-object',
    image: manifest((usual) => ({ ...usual, layers: {} })),
    expected: refused('manifest_malformed', 'layers'),
  },
  {
    name: 'broken-10000-layers',
    image: manifest((usual) => ({
      ...usual,
      layers: Array.from({ length: 10_000 }, () => (usual['layers'] as Json[])[1]),
    })),
    expected: refused('manifest_malformed', 'layers'),
  },
  {
    name: 'broken-manifest-5-mib',
    image: manifest((usual) => ({ ...usual, annotations: { long: 'x'.repeat(5 << 20) } })),
    expected: refused('manifest_malformed'),
  },
  {
    name: 'odd-schema1',
    image: manifest(() => ({ schemaVersion: 1, name: 'a', tag: 'b', fsLayers: [{ blobSum: sha256() }], history: [] })),
    expected: refused('manifest_unsupported', 'schema 1'),
  },
  {
    name: 'odd-helm-chart',
    image: manifest((usual) => ({
      ...usual,
      config: { ...(usual['config'] as Json), mediaType: 'application/vnd.cncf.helm.config.v1+json' },
    })),
    expected: refused('manifest_unsupported', 'Helm'),
  },
  {
    name: 'odd-cosign-signature',
    image: manifest((usual) => ({
      ...usual,
      layers: (usual['layers'] as Json[]).map((one) => ({
        ...one,
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      })),
    })),
    expected: refused('manifest_unsupported', 'cosign'),
  },
  {
    name: 'odd-no-media-types',
    image: manifest((usual) => ({
      ...usual,
      mediaType: undefined,
      layers: (usual['layers'] as Json[]).map(({ mediaType: _, ...one }) => one),
    })),
    expected: complete(),
  },
  {
    name: 'odd-media-type-parameters',
    image: secondLayer({ mediaType: 'Application/vnd.oci.image.layer.v1.tar+gzip; charset=utf-8' }),
    expected: complete(),
  },
  {
    name: 'odd-layer-media-type-unknown',
    image: secondLayer({ mediaType: 'application/vnd.example.\u001b[31mlayer\n' }),
    expected: partial('layer_media_type_unknown'),
  },
  { name: 'odd-plain-labelled-gzip', image: aboveBlob(archive(added)), expected: complete() },
  { name: 'odd-gzip-labelled-zstd', image: secondLayer({ mediaType: `${types.layer}+zstd` }), expected: complete() },
  {
    name: 'odd-foreign-layer',
    image: (base) => ({
      ...secondLayer({
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        urls: ['http://169.254.169.254/'],
      })(base),
      layers: [base, { ...blobLayer(gzipSync(archive(added)), sha256(archive(added))), missing: true }],
    }),
    expected: partial('layer_foreign'),
  },
  // Indexes.
  { name: 'odd-index-circle-impossible', image: (base) => nested(base, 2), expected: complete() },
  { name: 'hostile-index-deep', image: (base) => nested(base, 3), expected: complete() },
  { name: 'broken-index-too-deep', image: (base) => nested(base, 40), expected: refused('manifest_malformed', 'deep') },
  {
    name: 'broken-index-1000',
    image: index((usual) => ({
      ...usual,
      manifests: Array.from({ length: 1000 }, () => (usual['manifests'] as Json[])[0]),
    })),
    expected: refused('manifest_malformed', 'manifests'),
  },
  {
    name: 'odd-annotations-control',
    image: index((usual) => ({
      ...usual,
      manifests: [
        {
          ...(usual['manifests'] as Json[])[0],
          annotations: {
            'org.opencontainers.image.ref.name': '\u001b[2J\u0000\u202e',
            __proto__: 'x',
            constructor: 'y',
          },
        },
      ],
    })),
    expected: complete(),
  },
  // The configuration.
  { name: 'broken-config-json', image: config(() => Buffer.from('{"os":')), expected: refused('config_malformed') },
  { name: 'broken-config-list', image: config(() => Buffer.from('[]')), expected: refused('config_malformed') },
  {
    name: 'broken-config-missing',
    image: (base) => ({
      ...above([added])(base),
      manifest: (usual) => ({ ...usual, config: descriptorOf(Buffer.from('gone'), types.config) }),
    }),
    expected: refused('blob_missing'),
  },
  {
    name: 'broken-config-30-mib',
    image: config((usual) => ({ ...usual, author: 'x'.repeat(30 << 20) })),
    expected: refused('config_malformed'),
  },
  {
    name: 'broken-config-types',
    image: config((usual) => ({ ...usual, os: 7, created: [], history: 'none', config: { Env: 'PATH', Labels: [] } })),
    expected: complete({ problems: ['config_field_invalid', 'platform_unknown'] }),
  },
  {
    name: 'broken-config-null',
    image: config((usual) => ({ ...usual, created: null, history: null, config: null, author: null })),
    expected: complete(),
  },
  {
    name: 'broken-config-proto',
    image: config((usual) =>
      Buffer.from(JSON.stringify(usual).replace('{', '{"__proto__":{"os":"evil"},"constructor":{"prototype":{}},')),
    ),
    expected: complete(),
  },
  {
    name: 'broken-diffid-count',
    image: config((usual) => ({ ...usual, rootfs: { type: 'layers', diff_ids: [sha256()] } })),
    expected: partial('diff_ids_mismatch'),
  },
  { name: 'odd-history-short', image: config((usual) => ({ ...usual, history: [] })), expected: complete() },
  {
    name: 'odd-history-long',
    image: config((usual) => ({ ...usual, history: Array.from({ length: 5000 }, () => ({ created_by: 'RUN x' })) })),
    expected: complete({ problems: ['history_mismatch'] }),
  },
];

/** The image behind so many indexes, `index.json` not counted. */
function nested(base: Layer, depth: number): Image {
  const blobs: Uint8Array[] = [];
  return {
    ...above([added])(base),
    blobs,
    index: (usual) => {
      let inner = usual;
      for (let level = 0; level < depth; level += 1) {
        const bytes = json(inner);
        blobs.push(bytes);
        inner = { ...usual, manifests: [descriptorOf(bytes, types.index)] };
      }
      return inner;
    },
  };
}
