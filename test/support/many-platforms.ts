import { apkDatabase, basePackages, elf, osRelease } from './alpine.ts';
import { descriptorOf, documentsOf, type Image, json, layer, sha256, types, writeLayout } from './layout.ts';
import { file } from './tar.ts';

export interface PlatformImage {
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  readonly digest: string;
}

const platforms = ['linux/amd64', 'linux/arm64/v8', 'linux/arm/v7', 'linux/386', 'linux/ppc64le', 'linux/s390x'];

/** An Alpine-like image of one platform: its packages are of other versions than those of the others. */
function imageOf(platform: string, at: number): Image {
  const [os, architecture, variant] = platform.split('/');
  const packages = basePackages.map((one) => ({ ...one, version: one.version.replace(/\d+$/, `${at + 1}`) }));
  const noise = Buffer.alloc(400_000, platform);
  return {
    layers: [
      layer([
        file('etc/os-release', osRelease),
        file('lib/apk/db/installed', apkDatabase(packages)),
        file('bin/busybox', elf(4000), 0o755),
        file('usr/share/noise', noise),
      ]),
    ],
    config: (usual) => ({ ...usual, os, architecture, ...(variant === undefined ? {} : { variant }) }),
  };
}

/** Writes a layout of an index of several platforms. @returns its digest and those of the images. */
export async function writeManyPlatforms(target: string): Promise<{ digest: string; images: PlatformImage[] }> {
  const made = platforms.map((platform, at) => {
    const image = imageOf(platform, at);
    return { platform, image, documents: documentsOf(image) };
  });
  const index = json({
    schemaVersion: 2,
    mediaType: types.index,
    manifests: made.map(({ platform, documents }) => {
      const [os, architecture, variant] = platform.split('/');
      return { ...descriptorOf(documents.manifest, types.manifest), platform: { os, architecture, variant } };
    }),
  });
  const blobs = made.flatMap(({ image, documents }) => [
    documents.config,
    documents.manifest,
    ...image.layers.map(({ stored }) => stored),
  ]);
  await writeLayout(target, {
    layers: [],
    blobs: [...blobs, index],
    index: (usual) => ({ ...usual, manifests: [descriptorOf(index, types.index)] }),
  });
  const images = made.map(({ platform, documents }) => ({ platform, digest: sha256(documents.manifest) }));
  return { digest: sha256(index), images };
}
