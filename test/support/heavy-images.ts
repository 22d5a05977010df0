import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { apkDatabase } from './alpine.ts';
import { aboveBlob, complete, type ImageCase, partial, unknown } from './cases.ts';
import { blobLayer, type Image, type Layer } from './layout.ts';
import { directory, endMark, file, header, symlink } from './tar.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const pieceBytes = 8 * MiB;

/** Many parts, packed a few MiB at a time, so that making them takes no memory either. */
function streamed(parts: Iterable<Uint8Array>): Layer {
  const hash = createHash('sha256');
  const stored: Buffer[] = [];
  let pending: Uint8Array[] = [];
  let bytes = 0;
  const flush = () => {
    for (const part of pending) hash.update(part);
    stored.push(gzipSync(Buffer.concat(pending), { level: 1 }));
    pending = [];
    bytes = 0;
  };
  for (const part of parts) {
    pending.push(part);
    bytes += part.length;
    if (bytes >= pieceBytes) flush();
  }
  pending.push(endMark);
  flush();
  return blobLayer(Buffer.concat(stored), `sha256:${hash.digest('hex')}`);
}

function* many(count: number, make: (k: number) => Uint8Array): Generator<Uint8Array> {
  for (let k = 0; k < count; k += 1) yield make(k);
}

const on =
  (...parts: readonly Iterable<Uint8Array>[]) =>
  (base: Layer): Image => ({ layers: [base, ...parts.map(streamed)] });

/** Content of zeros behind a header; what comes out is far more than what is stored. */
function zeros(head: Uint8Array, bytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(64 * MiB), { level: 9 });
  return Buffer.concat([gzipSync(head), ...Array.from({ length: bytes / (64 * MiB) }, () => member)]);
}

const manifestOf = (name: string) => JSON.stringify({ name, version: '1.0.0' });
const installed = 'lib/apk/db/installed';
const npmAt = (k: number) => file(`srv/${k % 500}/node_modules/p${k}/package.json`, manifestOf(`p${k}`));
const apkAt = (k: number) => file(`opt/${k}/${installed}`, apkDatabase([{ name: 'a', version: '1-r0' }]));
const status = 'var/lib/dpkg/status';
const stanzaOf = (k: number) => Buffer.from(`Package: p${k}\nVersion: 1\n\n`);
const longTarget = 'x/../'.repeat(400);

/** What costs time or memory, made as large as a test can make it. */
export const heavyImages: readonly ImageCase[] = [
  // What unpacks to far more than it is.
  {
    name: 'hostile-gzip-bomb',
    image: aboveBlob(zeros(header({ path: 'zeros', size: 8 * GiB - 1 }), 8 * GiB)),
    expected: partial('limit_compression_ratio'),
  },
  { name: 'hostile-zstd-bomb', image: aboveBlob(zstdBomb(8 * GiB)), expected: partial('limit_compression_ratio') },
  {
    name: 'hostile-gnu-longname-1g',
    image: aboveBlob(zeros(header({ path: 'x', type: 'L', size: GiB - 1 }), GiB)),
    expected: partial('limit_header_bytes', { problems: ['limit_header_bytes', 'limit_compression_ratio'] }),
  },
  {
    name: 'hostile-os-release-1g',
    image: aboveBlob(zeros(header({ path: 'etc/os-release', size: 2 * GiB - 512 }), 2 * GiB)),
    expected: partial('limit_file_bytes', { problems: ['limit_file_bytes', 'limit_compression_ratio'] }),
  },
  // What is large.
  {
    name: 'hostile-huge-apkdb',
    image: on([file(installed, 'P:a\nV:1-r0\nF:usr/lib\nR:a\n\n'.repeat(18_000_000))]),
    expected: unknown({ problems: ['limit_file_bytes', 'package_database_removed'] }),
  },
  {
    name: 'hostile-npm-100-mib',
    image: on([file('srv/node_modules/a/package.json', Buffer.alloc(100 * MiB, 0x20))]),
    expected: partial('limit_file_bytes'),
  },
  {
    name: 'hostile-npm-60-mib',
    image: on([file('srv/node_modules/a/package.json', Buffer.alloc(60 * MiB, 0x5b))]),
    expected: partial('file_malformed'),
  },
  {
    name: 'hostile-dpkg-60-mib',
    image: on([file(status, `Package: wide\nVersion: 1\nDescription: ${'\u2603'.repeat(20 * MiB)}\n`)]),
    expected: complete({ packages: ['wide 1'] }),
  },
  // What is many.
  {
    name: 'hostile-million-files',
    image: on(many(1_000_000, (k) => header({ path: `srv/${k % 1000}/${k}` }))),
    expected: complete(),
  },
  {
    name: 'hostile-300000-links',
    image: on(many(300_000, (k) => symlink(`srv/${k % 1000}/${k}`, `../${(k + 1) % 1000}/${k + 1}`))),
    expected: complete(),
  },
  {
    name: 'hostile-300000-whiteouts',
    image: on(many(300_000, (k) => file(`srv/${k % 1000}/.wh.${k}`))),
    expected: complete(),
  },
  { name: 'hostile-30000-npm', image: on(many(30_000, npmAt)), expected: complete({ packages: ['p29999 1.0.0'] }) },
  {
    name: 'hostile-30000-dpkg',
    image: on([file(status, Buffer.concat([...many(30_000, stanzaOf)]))]),
    expected: complete({ packages: ['p29999 1'] }),
  },
  // What would take the square of its number in steps.
  {
    name: 'hostile-layers-of-links',
    image: on(many(20_000, npmAt), ...Array.from({ length: 200 }, (_, k) => [symlink(`link${k}`, 'x')])),
    expected: complete({ packages: ['p19999 1.0.0'] }),
  },
  {
    name: 'hostile-removed-databases',
    image: on(
      [...many(10_000, apkAt), ...many(10_000, npmAt)],
      many(10_000, (k) => file(`opt/${k}/lib/apk/db/.wh.installed`)),
    ),
    expected: complete({ packages: ['p9999 1.0.0'] }),
  },
  {
    name: 'hostile-link-maze',
    image: on([
      ...many(39, (k) => symlink(`m${k}`, `${longTarget}m${k + 1}`)),
      directory('x'),
      directory('m39'),
      ...many(100_000, (k) => file(`m0/${k}/f`)),
    ]),
    expected: complete(),
  },
];

/** Frames of run-length blocks: 4 bytes say 128 KiB. */
function zstdBomb(bytes: number): Buffer {
  const head = header({ path: 'zeros', size: bytes - 512 });
  const raw = Buffer.alloc(3);
  raw.writeUIntLE(head.length << 3, 0, 3);
  const run = Buffer.alloc(4);
  run.writeUIntLE(((128 * 1024) << 3) | 2, 0, 3);
  const runs = Buffer.alloc((bytes / (128 * 1024)) * 4).fill(run);
  const last = Buffer.from([1, 0, 0]);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]), raw, head, runs, last]);
}
