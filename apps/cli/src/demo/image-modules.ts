import { opendir, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, compareText } from '@soupcon/model';
import type { LayerEntry } from './image-layer.ts';

/** Installed packages of Node. `names` are the folders below `node_modules`, such as `@fastify/helmet`. */
export interface InstalledModules {
  readonly names: readonly string[];
  readonly entries: readonly LayerEntry[];
}

const limits = { bytesMax: 60 * 1024 * 1024, fileBytesMax: 1024 * 1024, filesMax: 200_000, depthMax: 24 } as const;
const kept = new Set(['.js', '.cjs', '.mjs', '.json']);

/** The `node_modules` that this program itself runs with, hoisted or not. */
export function ownModules(): string {
  const path = fileURLToPath(import.meta.resolve('fastify'));
  return path.slice(0, path.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules`.length);
}

interface Found {
  /** Below `node_modules`, with `/` between its parts. */
  readonly path: string;
  readonly from: string;
  readonly size: number;
}

/**
 * The packages of a `node_modules` as entries below `prefix`: every package's description, and as many of its scripts as
 * fit, whole packages being of no use to a scanner. Links are left out: they lead to our own workspaces and to programs.
 * @throws {AppError} `source_not_found` when there is no package in it.
 */
export async function readModules(directory: string, prefix: string): Promise<InstalledModules> {
  const found: Found[] = [];
  await walk(directory, '', found, 0);
  const isDescription = ({ path }: Found) => path.endsWith('/package.json');
  const descriptions = found.filter((file) => isDescription(file));
  const names = descriptions.flatMap(({ path }) => /^((?:@[^/]+\/)?[^/@][^/]*)\/package\.json$/.exec(path)?.[1] ?? []);
  if (names.length === 0) throw new AppError('source_not_found', { subject: `${directory} has no packages` });
  let left: number = limits.bytesMax;
  const fitting = [...descriptions, ...found.filter((file) => !isDescription(file))].filter(({ size }) => {
    left -= size;
    return left >= 0;
  });
  const entries = fitting
    .sort((a, b) => compareText(a.path, b.path))
    .map(({ path, from, size }): LayerEntry => ({ kind: 'file', path: `${prefix}/${path}`, from, size }));
  return { names: names.sort(compareText), entries };
}

async function walk(directory: string, below: string, found: Found[], depth: number): Promise<void> {
  if (depth > limits.depthMax) return;
  const children = await opendir(join(directory, below));
  const names: { name: string; isDirectory: boolean }[] = [];
  for await (const child of children) {
    const isCache = below === '' && child.name.startsWith('.');
    if (!isCache && (child.isDirectory() || child.isFile()))
      names.push({ name: child.name, isDirectory: child.isDirectory() });
  }
  for (const { name, isDirectory } of names.sort((a, b) => compareText(a.name, b.name))) {
    if (found.length >= limits.filesMax) return;
    const path = below === '' ? name : `${below}/${name}`;
    if (isDirectory) await walk(directory, path, found, depth + 1);
    else if (below !== '' && kept.has(extname(name))) {
      const from = join(directory, path);
      const { size } = await stat(from);
      if (size <= limits.fileBytesMax) found.push({ path, from, size });
    }
  }
}
