import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { RandomAccess } from '@soupcon/layers';

/** A file as the zip reader wants it. Reads block, as each is a few kilobytes of a file in the page cache. */
export interface RandomAccessFile extends RandomAccess {
  /** For another thread, which reads it with {@link randomAccess} and leaves the closing to whoever opened it. */
  readonly fd: number;
  close(): void;
}

/** What is read ahead: the entries of an archive are small, and mostly read in the order in which they lie. */
const aheadBytes = 256 * 1024;

/** Takes over a file descriptor; `close` closes it. */
export function randomAccess(fd: number): RandomAccessFile {
  const { size } = fstatSync(fd);
  let window: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };
  return {
    fd,
    size,
    read(offset, length) {
      if (length >= aheadBytes) return readAt(fd, offset, length);
      const { start, bytes } = window;
      if (offset < start || offset + length > start + bytes.length) {
        window = { start: offset, bytes: readAt(fd, offset, Math.max(length, Math.min(aheadBytes, size - offset))) };
      }
      const from = offset - window.start;
      return window.bytes.subarray(from, from + length);
    },
    close: () => closeSync(fd),
  };
}

/** Fewer bytes only where the file ends. */
function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** @throws a system error when there is no such file. */
export function openFile(path: string): RandomAccessFile {
  return randomAccess(openSync(path, 'r'));
}
