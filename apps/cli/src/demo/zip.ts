import { crc32 } from 'node:zlib';

/** A file of an archive; names are told apart by the caller. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const version = 20;
/** Names are UTF-8. */
const flags = 0x0800;
/** 1980-01-01, the first day that the format has: the same files are the same archive. */
const day = 0x0021;

/**
 * A zip archive with its files stored as they are; for archives of less than 4 GiB and 65,536 files.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16
 */
export function zipOf(files: readonly ZipFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const title = new TextEncoder().encode(name);
    const common = [
      ...[2, version, 2, flags, 2, 0, 2, 0, 2, day, 4, crc32(bytes)],
      ...[4, bytes.length, 4, bytes.length, 2, title.length, 2, 0],
    ];
    const local = Buffer.concat([numbers(4, 0x04034b50, ...common), title, bytes]);
    directory.push(numbers(4, 0x02014b50, 2, version, ...common, 2, 0, 2, 0, 2, 0, 4, 0, 4, offset), title);
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const counts = [2, 0, 2, 0, 2, files.length, 2, files.length, 4, central.length, 4, offset, 2, 0];
  return Buffer.concat([...parts, central, numbers(4, 0x06054b50, ...counts)]);
}

/** Numbers in little-endian order, each behind the count of its bytes, two or four. */
function numbers(...pairs: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(pairs.reduce((sum, size, at) => (at % 2 === 0 ? sum + size : sum), 0));
  for (let at = 0, to = 0; at < pairs.length; at += 2) {
    to = bytes.writeUIntLE(pairs[at + 1] ?? 0, to, pairs[at] ?? 0);
  }
  return bytes;
}
