import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerEntry } from './image-layer.ts';

/** What this machine's distribution says of itself and of its packages. */
export interface HostDatabase {
  /** Such as `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
  readonly entries: readonly LayerEntry[];
}

const limits = { fileBytesMax: 32 * 1024 * 1024, listsBytesMax: 16 * 1024 * 1024 } as const;

/**
 * The package database of the machine that this runs on, when it has one of those that are known here.
 * @param root where its root file system is.
 * @returns null when it has none; then it is another distribution, or no Linux.
 */
export async function readHostDatabase(root: string): Promise<HostDatabase | null> {
  const osRelease = await contents(root, 'etc/os-release');
  const dpkg = await contents(root, 'var/lib/dpkg/status');
  const apk = await contents(root, 'lib/apk/db/installed');
  if (osRelease === null || (dpkg === null && apk === null)) return null;
  const entries: LayerEntry[] = [
    { kind: 'link', path: 'etc/os-release', target: '../usr/lib/os-release' },
    { kind: 'bytes', path: 'usr/lib/os-release', bytes: osRelease },
  ];
  if (dpkg !== null) {
    entries.push({ kind: 'bytes', path: 'var/lib/dpkg/status', bytes: dpkg }, ...(await fileLists(root)));
  }
  if (apk !== null) entries.push({ kind: 'bytes', path: 'lib/apk/db/installed', bytes: apk });
  return { name: nameIn(osRelease), entries };
}

/** The files that each package of dpkg owns, as many as fit. */
async function fileLists(root: string): Promise<LayerEntry[]> {
  const folder = 'var/lib/dpkg/info';
  const names = await readdir(join(root, folder)).catch(asMissing);
  const entries: LayerEntry[] = [];
  let left: number = limits.listsBytesMax;
  for (const name of (names ?? []).filter((one) => one.endsWith('.list')).sort()) {
    const bytes = await contents(root, `${folder}/${name}`);
    if (bytes === null) continue;
    left -= bytes.byteLength;
    if (left < 0) break;
    entries.push({ kind: 'bytes', path: `${folder}/${name}`, bytes });
  }
  return entries;
}

/** A file whole; null when there is none, or one that is larger than any such file is. */
async function contents(root: string, path: string): Promise<Uint8Array | null> {
  const file = join(root, path);
  const found = await stat(file).catch(asMissing);
  if (found === null || !found.isFile() || found.size > limits.fileBytesMax) return null;
  return readFile(file).catch(asMissing);
}

/** What is not there, or not for us to read, is left out of the image; any other fault is one. */
function asMissing(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
  throw error;
}

function nameIn(osRelease: Uint8Array): string {
  const text = Buffer.from(osRelease).toString('utf8');
  const [, quoted, plain] = /^PRETTY_NAME=(?:"([^"\n]*)"|(\S+))/m.exec(text) ?? [];
  return quoted ?? plain ?? 'Linux';
}
