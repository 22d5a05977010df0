import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { RandomAccess } from '@soupcon/layers';

/** A file as the zip reader wants it. Reads block, as each is a few kilobytes of a file in the page cache. */
export interface RandomAccessFile extends RandomAccess {
  close(): void;
}

/** Takes over a file descriptor; `close` closes it. */
export function randomAccess(fd: number): RandomAccessFile {
  return {
    size: fstatSync(fd).size,
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const count = readSync(fd, bytes, filled, length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    },
    close: () => closeSync(fd),
  };
}

/** @throws a system error when there is no such file. */
export function openFile(path: string): RandomAccessFile {
  return randomAccess(openSync(path, 'r'));
}
