import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statfsSync,
} from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@soupcon/model';
import type { BodySink, Entry, EntryKind } from './entry.ts';
import type { LayerLimits } from './limits.ts';
import type { TarVisitor } from './tar/walker.ts';

/** File systems that the kernel makes up: Linux' magic numbers of statfs(2). */
const madeUp = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x1cd1, // devpts
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xcafe4a11, // bpf
  0x19800202, // mqueue
  0x958458f6, // hugetlbfs
  0x6165676c, // pstore
  0x42494e4d, // binfmt_misc
  0x65735543, // fusectl
  0x62656570, // configfs
  0xde5e81e4, // efivarfs
]);

const pieceBytes = 256 * 1024;

export interface DirectoryReading {
  readonly entries: number;
  /** Bytes of the files that were looked into. */
  readonly bytesRead: number;
}

/**
 * Walks a root file system on this machine as if it were one layer: in sorted order, following no link, staying out of
 * file systems that the kernel makes up. Blocks its thread. What cannot be read is a problem, not an end.
 * @throws {AppError} `source_not_found` when `root` is not a directory, `aborted`.
 */
export function walkDirectory(
  root: string,
  visitor: TarVisitor,
  {
    limits,
    aborted,
    onProgress,
  }: { limits: LayerLimits; aborted: () => boolean; onProgress?: (entries: number) => void },
): DirectoryReading {
  const start = statOf(root);
  if (start === null || !start.isDirectory())
    throw new AppError('source_not_found', { subject: `${root} is not a directory` });
  const buffer = Buffer.allocUnsafe(pieceBytes);
  const deadline = performance.now() + limits.timeMsMax;
  // A stack, not recursion: trees can be deep.
  const stack: { path: string; device: number }[] = [{ path: '', device: start.dev }];
  let entries = 0;
  let bytesRead = 0;
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    const names = namesIn(join(root, directory.path), directory.path, visitor);
    const below: typeof stack = [];
    for (const name of names) {
      if (aborted()) throw new AppError('aborted');
      const path = directory.path === '' ? name : `${directory.path}/${name}`;
      const found = examine(root, path, visitor, limits);
      if (found === null) continue;
      entries += 1;
      if (entries > limits.entriesMax || performance.now() > deadline) {
        visitor.problem(entries > limits.entriesMax ? 'limit_entries' : 'limit_time', path);
        return { entries, bytesRead };
      }
      if (entries % 1000 === 0) onProgress?.(entries);
      const sink = visitor.entry(found.entry);
      if (found.entry.kind === 'directory' && !isMadeUp(join(root, path), found.device, directory.device)) {
        below.push({ path, device: found.device });
      }
      if (sink !== null) bytesRead += readInto(sink, join(root, path), path, found.entry.size, buffer, visitor);
    }
    stack.push(...below.reverse());
  }
  onProgress?.(entries);
  return { entries, bytesRead };
}

function examine(
  root: string,
  path: string,
  visitor: TarVisitor,
  limits: LayerLimits,
): { entry: Entry; device: number } | null {
  if (path.length > limits.pathBytesMax || path.split('/').length > limits.pathDepthMax) {
    visitor.problem(
      path.length > limits.pathBytesMax ? 'limit_path_bytes' : 'limit_path_depth',
      `${path.slice(0, 200)}...`,
    );
    return null;
  }
  const stat = statOf(join(root, path));
  if (stat === null) return null; // It went away while we were looking: a live system does that.
  const kind: EntryKind = stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'directory'
      : stat.isSymbolicLink()
        ? 'symlink'
        : 'other';
  const linkTarget = kind === 'symlink' ? linkOf(join(root, path)) : null;
  return {
    entry: { path, kind, size: kind === 'file' ? stat.size : 0, mode: stat.mode & 0o7777, linkTarget },
    device: stat.dev,
  };
}

function readInto(
  sink: BodySink,
  file: string,
  path: string,
  size: number,
  buffer: Buffer,
  visitor: TarVisitor,
): number {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    visitor.problem('file_unreadable', path, reasonOf(error));
    sink.end(false);
    return 0;
  }
  let total = 0;
  try {
    // What was a file may be something else by now, and opening must not have waited for it.
    let more = fstatSync(handle).isFile();
    // A file that grows while it is read ends where it ended when it was listed.
    while (more && total < size) {
      const count = readSync(handle, buffer, 0, Math.min(buffer.length, size - total), total);
      if (count === 0) break;
      total += count;
      more = sink.write(buffer.subarray(0, count));
    }
    sink.end(total >= size);
  } catch (error) {
    visitor.problem('file_unreadable', path, reasonOf(error));
    sink.end(false);
  } finally {
    closeSync(handle);
  }
  return total;
}

function namesIn(directory: string, path: string, visitor: TarVisitor): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    visitor.problem('file_unreadable', path === '' ? '/' : path, reasonOf(error));
    return [];
  }
}

/** Only a mount point can lead to another kind of file system. */
function isMadeUp(directory: string, device: number, parentDevice: number): boolean {
  if (device === parentDevice) return false;
  try {
    return madeUp.has(statfsSync(directory).type);
  } catch {
    return true; // It cannot even be asked what it is, so there is nothing to read in it.
  }
}

function statOf(path: string) {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // Gone again, or replaced: it leads nowhere.
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
