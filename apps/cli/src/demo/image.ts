import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, digestOf, hostArchitecture } from '@soupcon/model';
import type { PushedBlob, PushedManifest, RegistryClient, Repository } from '@soupcon/registry';
import { readHostDatabase } from './image-database.ts';
import { type LayerEntry, type WrittenLayer, whiteout, writeLayer } from './image-layer.ts';
import { ownModules, readModules } from './image-modules.ts';
import { outdatedEntries, outdatedPackages } from './image-outdated.ts';

export interface DemoImageOptions {
  /** Root file system of the machine whose package database is taken. */
  readonly root?: string;
  /** A `node_modules`; that of this program itself by default. */
  readonly modules?: string;
  /** An executable for `/usr/local/bin/node`; the one that runs this by default. */
  readonly node?: string;
  readonly created?: Date;
}

/** An image in files of a directory of its own, to be pushed, then removed. */
export interface DemoImage {
  readonly manifest: PushedManifest;
  readonly digest: Digest;
  /** The configuration, then the layers, base first. */
  readonly blobs: readonly PushedBlob[];
  readonly layers: readonly { readonly instruction: string; readonly digest: Digest; readonly size: number }[];
  /** How many packages of npm are below `/app`, one that was deleted again not counted. */
  readonly npmPackages: number;
  /** Sentences about what this machine could not give. */
  readonly notes: readonly string[];
  remove(): Promise<void>;
}

interface Step {
  readonly instruction: string;
  readonly entries: Iterable<LayerEntry>;
}

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/**
 * Builds an image from what a machine with Node has: the distribution's package database, Node itself, the packages that
 * this program was installed with, and a last layer that deletes one of them and adds a few that are out of date.
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md
 */
export async function buildDemoImage(options: DemoImageOptions = {}): Promise<DemoImage> {
  const { root = '/', modules = ownModules(), node = process.execPath, created = new Date() } = options;
  const directory = await mkdtemp(join(tmpdir(), 'soupcon-image-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const { steps, npmPackages, notes } = await planSteps({ root, modules, node });
    const layers: (WrittenLayer & { instruction: string })[] = [];
    for (const [index, { instruction, entries }] of steps.entries()) {
      layers.push({ ...(await writeLayer(entries, join(directory, `layer-${index}.tar.gz`))), instruction });
    }
    const config = encode(configOf(layers, created));
    const manifest = { mediaType: types.manifest, bytes: encode(manifestOf(layers, config)) };
    const blobs = [blobOfBytes(config), ...layers.map(blobOfFile)];
    const listed = layers.map(({ instruction, digest, size }) => ({ instruction, digest, size }));
    return { manifest, digest: digestOf(manifest.bytes), blobs, layers: listed, npmPackages, notes, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function planSteps({ root, modules, node }: { root: string; modules: string; node: string }) {
  const [database, installed, { size }] = await Promise.all([
    readHostDatabase(root),
    readModules(modules, 'app/node_modules'),
    stat(node),
  ]);
  const removed = installed.names.at(-1) ?? '';
  const steps: Step[] = [
    ...(database === null ? [] : [{ instruction: `ADD rootfs.tar / # ${database.name}`, entries: database.entries }]),
    {
      instruction: 'COPY node /usr/local/bin/node',
      entries: [{ kind: 'file', path: 'usr/local/bin/node', from: node, size, mode: 0o755 }],
    },
    { instruction: 'COPY node_modules /app/node_modules', entries: installed.entries },
    {
      instruction: `RUN rm -r node_modules/${removed} && npm install --prefix plugin ${outdatedPackages.join(' ')}`,
      entries: [whiteout(`app/node_modules/${removed}`), ...outdatedEntries('app/plugin')],
    },
  ];
  const missing = 'This machine has no package database of dpkg or apk: the image has no distribution.';
  return {
    steps,
    npmPackages: installed.names.length - 1 + outdatedPackages.length,
    notes: database === null ? [missing] : [],
  };
}

function configOf(layers: readonly (WrittenLayer & { instruction: string })[], created: Date): object {
  const at = created.toISOString();
  const step = (instruction: string) => ({ created: at, created_by: instruction });
  return {
    created: at,
    architecture: hostArchitecture(process.arch),
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production'],
      Cmd: ['node', 'server.js'],
      WorkingDir: '/app',
      User: '1000:1000',
      Labels: { 'org.opencontainers.image.title': 'demo' },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: [
      ...layers.map(({ instruction }) => step(instruction)),
      ...['ENV NODE_ENV=production', 'USER 1000:1000', 'CMD ["node" "server.js"]'].map((instruction) => ({
        ...step(instruction),
        empty_layer: true,
      })),
    ],
  };
}

function manifestOf(layers: readonly WrittenLayer[], config: Uint8Array): object {
  return {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: digestOf(config), size: config.byteLength },
    layers: layers.map(({ digest, size }) => ({ mediaType: types.layer, digest, size })),
  };
}

function encode(body: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}

function blobOfBytes(bytes: Uint8Array): PushedBlob {
  const open = async function* () {
    yield bytes;
  };
  return { digest: digestOf(bytes), size: bytes.byteLength, open };
}

function blobOfFile({ path, digest, size }: WrittenLayer): PushedBlob {
  return { digest, size, open: () => createReadStream(path, { highWaterMark: 256 * 1024 }) };
}

/** Pushes the image: its parts, then its manifest under the tag. @throws {AppError} as pushing. */
export async function pushImage(
  image: DemoImage,
  { client, to, tag, signal }: { client: RegistryClient; to: Repository; tag: string; signal?: AbortSignal },
): Promise<Digest> {
  for (const blob of image.blobs) await client.pushBlob(to, blob, signal === undefined ? {} : { signal });
  return client.pushManifest(to, tag, image.manifest, signal);
}
