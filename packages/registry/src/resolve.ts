import {
  AppError,
  type Descriptor,
  formatPlatform,
  type ImageConfig,
  type ImageLayer,
  type LayerContent,
  type Platform,
  type Problem,
  problem,
  type ResolvedImage,
} from '@soupcon/model';
import { configBytesMax, parseConfig } from './config.ts';
import { type ImageManifest, type IndexManifest, isAttestation, type Manifest, parseManifest } from './manifest.ts';
import { layerKindOf, manifestKindOf } from './media-types.ts';
import { choosePlatform } from './platform-choice.ts';
import type { ManifestDocument } from './pull.ts';
import { oneLine } from './shape.ts';

/** Where manifests and blobs lie, addressed by content: a repository of a registry, or a layout. */
export interface ContentStore {
  /** For messages: the reference as written. */
  readonly name: string;
  /** A manifest or index, verified against the descriptor. */
  manifest(descriptor: Descriptor, signal: AbortSignal | undefined): Promise<ManifestDocument>;
  /** A small blob whole, verified against the descriptor. */
  bytes(descriptor: Descriptor, signal: AbortSignal | undefined): Promise<Uint8Array>;
  /** Where a layer's bytes are. Says `blob_missing` here if it is cheap to know, else when they are asked for. */
  layer(descriptor: Descriptor, signal: AbortSignal | undefined): Promise<LayerContent>;
  /** Whether a blob is there at all; for layers that may be kept elsewhere. */
  has(descriptor: Descriptor, signal: AbortSignal | undefined): Promise<boolean>;
}

/** `platform` is what was asked for explicitly, null for the host's; `hostArchitecture` in Go's words. */
export interface PlatformWish {
  readonly platform: Platform | null;
  readonly hostArchitecture: string;
}

/** One image of an index. */
export interface PlatformEntry {
  readonly descriptor: Descriptor;
  readonly platform: Platform | null;
}

/** An image with where each of its layers is. */
export interface ResolvedContent {
  readonly image: ResolvedImage;
  readonly contents: readonly LayerContent[];
}

const indexDepthMax = 3;
const unknownPlatformsMax = 8;

/**
 * The image for a platform from a manifest or index that was read.
 * @throws {AppError} `platform_not_found` naming those there are; `manifest_unsupported`, `manifest_malformed`,
 * `config_malformed`, and the store's errors.
 */
export async function resolveImage(
  store: ContentStore,
  document: ManifestDocument,
  wish: PlatformWish,
  signal?: AbortSignal,
): Promise<ResolvedContent> {
  const manifest = parseManifest(document.bytes, document.mediaType, store.name);
  if (manifest.kind === 'index') return resolveEntries(store, await listImages(store, manifest, signal), wish, signal);
  const opened = await openConfig(store, manifest, signal);
  const { platform } = opened.config;
  if (wish.platform !== null && platform !== null && choosePlatform([platform], wish.platform) === null) {
    throw platformNotFound(store.name, wish.platform, [platform]);
  }
  return assemble(store, { document, manifest, ...opened }, null, signal);
}

/** As {@link resolveImage}, from the images of an index. */
export async function resolveEntries(
  store: ContentStore,
  entries: readonly PlatformEntry[],
  wish: PlatformWish,
  signal?: AbortSignal,
): Promise<ResolvedContent> {
  if (entries.length === 0) {
    throw new AppError('manifest_unsupported', { subject: `${store.name} is an index without a single image` });
  }
  const wanted = wish.platform ?? { os: 'linux', architecture: wish.hostArchitecture };
  const known = entries.filter((entry): entry is PlatformEntry & { platform: Platform } => entry.platform !== null);
  const at = choosePlatform(
    known.map(({ platform }) => platform),
    wanted,
  );
  const chosen = at === null ? undefined : known[at];
  if (chosen !== undefined) return openEntry(store, chosen, signal);
  const found = known.map(({ platform }) => platform);
  // Entries that do not say their platform are asked for their configuration.
  let unsupported: AppError | null = null;
  for (const entry of entries.filter(({ platform }) => platform === null).slice(0, unknownPlatformsMax)) {
    const opened = await openEntry(store, entry, signal).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'manifest_unsupported') throw error;
      unsupported ??= error;
      return null;
    });
    if (opened === null) continue; // An index may list other things than images.
    const { platform } = opened.image;
    if (entries.length === 1 && wish.platform === null) return opened;
    if (platform !== null && choosePlatform([platform], wanted) !== null) return opened;
    if (platform !== null) found.push(platform);
  }
  throw found.length === 0 && unsupported !== null ? unsupported : platformNotFound(store.name, wanted, found);
}

/**
 * The images of an index, those of indexes inside it included; attestations and other artifacts are left out.
 * @throws {AppError} `manifest_malformed` when it is nested too deeply or too large as a whole.
 */
export async function listImages(
  store: ContentStore,
  index: IndexManifest,
  signal?: AbortSignal,
  state: { seen: Set<string>; depth: number } = { seen: new Set(), depth: 1 },
): Promise<PlatformEntry[]> {
  const entries: PlatformEntry[] = [];
  for (const descriptor of index.manifests) {
    // One manifest may be listed for several platforms.
    const listed = `${descriptor.digest} ${descriptor.platform ? JSON.stringify(descriptor.platform) : ''}`;
    if (state.seen.has(listed)) continue;
    state.seen.add(listed);
    if (state.seen.size > 256) throw malformed(store, 'its indexes list more than 256 manifests together');
    if (isAttestation(descriptor) || descriptor.artifactType !== undefined) continue;
    const kind = descriptor.mediaType === '' ? 'image' : manifestKindOf(descriptor.mediaType);
    if (kind === 'image') entries.push({ descriptor, platform: descriptor.platform ?? null });
    if (kind !== 'index') continue;
    if (state.depth >= indexDepthMax) throw malformed(store, `its indexes are nested more than ${indexDepthMax} deep`);
    const inner = await readChild(store, descriptor, signal);
    if (inner.manifest.kind !== 'index')
      throw malformed(store, `${descriptor.digest} is not the index it is listed as`);
    entries.push(...(await listImages(store, inner.manifest, signal, { ...state, depth: state.depth + 1 })));
  }
  return entries;
}

async function readChild(store: ContentStore, descriptor: Descriptor, signal: AbortSignal | undefined) {
  const document = await store.manifest(descriptor, signal);
  // The descriptor's word counts like a header's: a child that is something else than its index says is refused.
  const declared = descriptor.mediaType === '' ? document.mediaType : descriptor.mediaType;
  const manifest: Manifest = parseManifest(document.bytes, declared, store.name);
  return { document, manifest };
}

/** The image of one entry of an index, with the platform that the index gives where its configuration is silent. */
export async function openEntry(
  store: ContentStore,
  { descriptor, platform }: PlatformEntry,
  signal: AbortSignal | undefined,
): Promise<ResolvedContent> {
  const { document, manifest } = await readChild(store, descriptor, signal);
  if (manifest.kind !== 'image') throw malformed(store, `${descriptor.digest} is not the image it is listed as`);
  const opened = await openConfig(store, manifest, signal);
  return assemble(store, { document, manifest, ...opened }, platform, signal);
}

async function openConfig(store: ContentStore, manifest: ImageManifest, signal: AbortSignal | undefined) {
  const { config: descriptor, layers } = manifest;
  if (descriptor.size > configBytesMax) {
    throw new AppError('config_malformed', {
      subject: `${store.name}: it has ${descriptor.size} bytes, more than ${configBytesMax}`,
    });
  }
  return parseConfig(await store.bytes(descriptor, signal), layers.length, store.name);
}

interface Opened {
  readonly document: ManifestDocument;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly problems: readonly Problem[];
}

/** @param listed the platform that the index gives; it adds what the configuration leaves out. */
async function assemble(
  store: ContentStore,
  { document, manifest, config, problems }: Opened,
  listed: Platform | null,
  signal: AbortSignal | undefined,
): Promise<ResolvedContent> {
  const platform = config.platform === null ? listed : withVariant(config.platform, listed);
  const contents: LayerContent[] = [];
  const layers: ImageLayer[] = [];
  for (const [index, descriptor] of manifest.layers.entries()) {
    const { digest, size, mediaType } = descriptor;
    contents.push(await layerContent(store, descriptor, index, signal));
    layers.push({ index, digest, diffId: config.diffIds?.[index] ?? null, size, mediaType });
  }
  const image: ResolvedImage = {
    reference: store.name,
    digest: document.digest,
    mediaType: manifest.mediaType,
    platform,
    created: config.created,
    size: manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size),
    config: { ...config, platform },
    layers,
    problems: platform === null ? problems : problems.filter(({ code }) => code !== 'platform_unknown'),
  };
  return { image, contents };
}

function withVariant(own: Platform, listed: Platform | null): Platform {
  const same = listed !== null && listed.os === own.os && listed.architecture === own.architecture;
  return same && own.variant === undefined && listed.variant !== undefined ? { ...own, variant: listed.variant } : own;
}

/** Foreign layers are taken when the registry has them after all; their `urls` are never asked. */
async function layerContent(
  store: ContentStore,
  descriptor: Descriptor,
  layer: number,
  signal: AbortSignal | undefined,
): Promise<LayerContent> {
  const kind = layerKindOf(descriptor.mediaType);
  if (kind === 'unknown') {
    const more = oneLine(descriptor.mediaType, 120);
    return { kind: 'unavailable', problem: problem('layer_media_type_unknown', { layer, more }) };
  }
  if (kind === 'foreign' && !(await store.has(descriptor, signal))) {
    return { kind: 'unavailable', problem: problem('layer_foreign', { layer }) };
  }
  return store.layer(descriptor, signal);
}

/** Names the platforms there are. */
export function platformNotFound(name: string, wanted: Platform, found: readonly Platform[]): AppError {
  const names = [...new Set(found.map(formatPlatform))];
  const there = names.length === 0 ? 'it does not say its platforms' : `it has ${names.join(', ')}`;
  return new AppError('platform_not_found', {
    subject: `${name} is not there for ${formatPlatform(wanted)}; ${there}`,
    detail: { wanted: formatPlatform(wanted), found: names },
  });
}

function malformed(store: ContentStore, why: string): AppError {
  return new AppError('manifest_malformed', { subject: `${store.name}: ${why}` });
}
