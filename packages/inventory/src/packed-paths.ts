import { type LayerChanges, readChanges } from '@soupcon/layers';
import type { KeptFile, LayerIndex } from './layer-index.ts';

/** What a layer does to those below it. The entries are decoded as they are walked: a layer may have two million. */
export function unpackChanges({ paths, files }: LayerIndex): LayerChanges<KeptFile> {
  const whiteouts: string[] = [];
  const opaques: string[] = [];
  for (const { path, kind } of readChanges(paths)) {
    if (kind === 'whiteout') whiteouts.push(path);
    else if (kind === 'opaque') opaques.push(path);
  }
  return { whiteouts, opaques, entries: entriesOf(paths, files) };
}

function* entriesOf(paths: Uint8Array, files: readonly KeptFile[]): LayerChanges<KeptFile>['entries'] & Generator {
  for (const { path, kind, linkTarget, file } of readChanges(paths)) {
    if (kind === 'whiteout' || kind === 'opaque') continue;
    yield { path, kind, linkTarget, content: file === null ? null : (files[file] ?? null) };
  }
}
