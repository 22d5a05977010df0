import { AppError, type ImageSource, type Platform } from '@soupcon/model';
import type { RegistryClient } from './client.ts';
import { parseManifest } from './manifest.ts';
import { listImages, type PlatformEntry, resolveImage } from './resolve.ts';
import { openLayout, openLayoutRoot } from './sources/layout.ts';

export interface OpenImageOptions {
  /** For references; the other sources use no network, so that one which is yet to be made is not made for them. */
  readonly client: RegistryClient | (() => Promise<RegistryClient>);
  /** The platform asked for explicitly; without it `linux/` with the host's architecture of an index. */
  readonly platform?: Platform | null;
  /** In Go's words, see `hostArchitecture`. */
  readonly hostArchitecture: string;
  readonly signal?: AbortSignal;
}

/**
 * Opens what a text names: `oci:DIR[:TAG]`, `docker-archive:FILE[:NAME]`, `dir:PATH`, else a registry reference. The
 * manifest and configuration are read and verified; the caller must close the source.
 * @throws {AppError} with the text, or what is wrong in it, as subject.
 */
export async function openImage(text: string, options: OpenImageOptions): Promise<ImageSource> {
  const { platform = null, hostArchitecture, signal } = options;
  const wish = { platform, hostArchitecture };
  const { kind, rest } = splitKind(text);
  if (kind !== 'registry' && rest === '') throw new AppError('source_not_found', { subject: `${text} names no path` });
  switch (kind) {
    case 'oci':
      return openLayout(rest, text, wish, signal);
    case 'docker-archive':
      return (await import('./sources/archive.ts')).openArchive(rest, text, wish, signal);
    case 'dir':
      return (await import('./sources/directory.ts')).openDirectory(rest, text, platform);
    case 'registry': {
      const [{ openRegistry }, client] = await onNetwork(options);
      return openRegistry(rest, client, wish, signal);
    }
  }
}

/**
 * The images of an index, those of indexes inside it included; for a single manifest the one image it is. Archives and directories do not list
 * any.
 * @throws {AppError} as {@link openImage}.
 */
export async function listPlatforms(text: string, options: OpenImageOptions): Promise<readonly PlatformEntry[]> {
  const { kind, rest } = splitKind(text);
  const { signal } = options;
  if (kind === 'oci') {
    const { store, root } = await openLayoutRoot(rest, text);
    if (root.kind === 'platforms') return root.entries;
    return platformsOf(store, await store.manifest(root.descriptor, signal), options);
  }
  if (kind === 'registry') {
    const [{ openReference }, client] = await onNetwork(options);
    const { store, document } = await openReference(rest, client, signal);
    return platformsOf(store, document, options);
  }
  return [];
}

/** What only references take. */
function onNetwork({ client }: OpenImageOptions) {
  return Promise.all([import('./sources/registry.ts'), typeof client === 'function' ? client() : client]);
}

async function platformsOf(
  store: Parameters<typeof resolveImage>[0],
  document: Parameters<typeof resolveImage>[1],
  { signal, hostArchitecture }: OpenImageOptions,
): Promise<readonly PlatformEntry[]> {
  const manifest = parseManifest(document.bytes, document.mediaType, store.name);
  if (manifest.kind === 'index') return listImages(store, manifest, signal);
  const { image } = await resolveImage(store, document, { platform: null, hostArchitecture }, signal);
  const descriptor = { mediaType: manifest.mediaType, digest: document.digest, size: document.bytes.length };
  return [{ descriptor, platform: image.platform }];
}

function splitKind(text: string): { kind: 'oci' | 'docker-archive' | 'dir' | 'registry'; rest: string } {
  for (const kind of ['oci', 'docker-archive', 'dir'] as const) {
    if (text.startsWith(`${kind}:`)) return { kind, rest: text.slice(kind.length + 1) };
  }
  return { kind: 'registry', rest: text };
}
