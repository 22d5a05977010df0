import { defaultLimits, type Entry } from '@soupcon/layers';
import type { HistoryEntry, Inventory, ResolvedImage } from '@soupcon/model';
import { catalogers } from '../catalogers.ts';
import { foldImage } from '../fold.ts';
import type { LayerIndex } from '../layer-index.ts';
import { LayerIndexer } from '../layer-indexer.ts';

/** What a test puts into a layer, one path each. `whiteout` hides the path, `opaque` what is below it. */
export type Item = { readonly path: string } & (
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly link: string }
  | { readonly hardlink: string }
  | { readonly dir: true }
  | { readonly whiteout: true }
  | { readonly opaque: true }
);

/** Indexes a layer that has these things, in this order. */
export function buildLayer(items: readonly Item[]): LayerIndex {
  const indexer = new LayerIndexer(catalogers, defaultLimits);
  for (const item of items) {
    if ('whiteout' in item) indexer.whiteout(item.path);
    else if ('opaque' in item) indexer.opaque(item.path);
    else feed(indexer, item);
  }
  return indexer.finish({ digest: null, diffId: null, size: 0 });
}

function feed(indexer: LayerIndexer, item: Exclude<Item, { whiteout: true } | { opaque: true }>): void {
  const entry = { path: item.path, mode: 0o644, size: 0, linkTarget: null };
  if ('link' in item) indexer.entry({ ...entry, kind: 'symlink', linkTarget: item.link });
  else if ('hardlink' in item) indexer.entry({ ...entry, kind: 'hardlink', linkTarget: item.hardlink });
  else if ('dir' in item) indexer.entry({ ...entry, kind: 'directory' });
  else feedFile(indexer, { ...entry, kind: 'file' }, 'text' in item ? Buffer.from(item.text) : item.bytes);
}

function feedFile(indexer: LayerIndexer, entry: Entry, bytes: Uint8Array): void {
  const sink = indexer.entry({ ...entry, size: bytes.length });
  const middle = bytes.length >> 1;
  for (const piece of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
    if (sink === null || !sink.write(piece)) break;
  }
  sink?.end(true);
}

/** Folds an image whose layers have these things. The layers cross a structured clone, as they do between threads. */
export function buildInventory(layers: readonly (readonly Item[])[], history: readonly HistoryEntry[] = []): Inventory {
  return foldImage(structuredClone(layers.map(buildLayer)), imageWith(history));
}

/** The parts of an image that a fold needs. */
export function imageWith(history: readonly HistoryEntry[]): Pick<ResolvedImage, 'config' | 'layers' | 'problems'> {
  const config = { platform: null, created: null, diffIds: null, history, user: null, env: [], labels: {} };
  return { config, layers: [], problems: [] };
}

/** An ELF file of so many bytes. */
export function elf(path: string, size = 1000): Item {
  const bytes = new Uint8Array(size);
  bytes.set([0x7f, 0x45, 0x4c, 0x46]);
  return { path, bytes };
}

/** A dpkg status file with these packages, each `name version`. */
export function dpkgStatus(...packages: string[]): string {
  const stanzas = packages.map((one) => {
    const [name, version] = one.split(' ');
    return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;
  });
  return stanzas.join('\n');
}

/** What a test compares: `name version` of every package with the layer that brought it. */
export function origins({ packages }: Inventory): Record<string, number> {
  return Object.fromEntries(packages.map(({ name, version, introducedIn }) => [`${name} ${version}`, introducedIn]));
}
