import { constants, gzipSync } from 'node:zlib';
import { above, aboveBlob, complete, type ImageCase, partial, unknown } from './cases.ts';
import { blobLayer, layer, sha256 } from './layout.ts';
import { archive, directory, entry, file, hardlink, header, pax, symlink } from './tar.ts';

const application = '{"name":"left-pad","version":"1.3.0"}';
const manifestPath = 'app/node_modules/left-pad/package.json';
const leftPad = ['left-pad 1.3.0'];
const added = file(manifestPath, application);
const found = complete({ packages: leftPad });
const base256 = (bytes: readonly number[]) => Buffer.from(bytes);

/** Archives, names and compressions that are strange or meant to harm. What can be read of them is read. */
export const hostileLayers: readonly ImageCase[] = [
  // Headers.
  {
    name: 'hostile-pax-size-2e62',
    image: above([pax({ size: '4611686018427387904' }), file('a', 'x')]),
    expected: partial('tar_header_invalid'),
  },
  {
    name: 'hostile-pax-size-negative',
    image: above([pax({ size: '-512' }), file('a', 'x')]),
    expected: partial('tar_header_invalid'),
  },
  {
    name: 'hostile-pax-size-word',
    image: above([pax({ size: '0x200' }), file('a', 'x')]),
    expected: partial('tar_header_invalid'),
  },
  {
    name: 'hostile-pax-size-8-pib',
    image: above([pax({ size: '9007199254740991' }), file('etc/os-release', 'x')]),
    expected: partial('tar_truncated', { problems: ['limit_file_bytes', 'tar_truncated'] }),
  },
  {
    name: 'hostile-pax-reclen',
    image: above([entry({ path: 'x', type: 'x' }, '999999999 path=a\n'), file('a')]),
    expected: partial('tar_header_invalid'),
  },
  {
    name: 'hostile-pax-reclen-zero',
    image: above([entry({ path: 'x', type: 'x' }, '0 path=a\n'), file('a')]),
    expected: partial('tar_header_invalid'),
  },
  {
    name: 'hostile-pax-3g',
    image: above([header({ path: 'x', type: 'x', size: 3 << 29 })]),
    expected: partial('limit_header_bytes', { problems: ['limit_header_bytes', 'tar_truncated'] }),
  },
  {
    name: 'hostile-gnu-longname-3g',
    image: above([header({ path: 'x', type: 'L', size: 3 << 29 })]),
    expected: partial('limit_header_bytes', { problems: ['limit_header_bytes', 'tar_truncated'] }),
  },
  {
    name: 'hostile-pax-global-path',
    image: above([pax({ path: 'everything/is/here' }, 'g'), file('a'), file('b')]),
    expected: complete(),
  },
  { name: 'hostile-pax-header-at-end', image: above([added, pax({ path: 'nothing/follows' })]), expected: found },
  {
    name: 'hostile-base256-negative',
    image: above([
      added,
      header({ path: 'a', size: base256([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0]) }),
    ]),
    expected: partial('tar_header_invalid', { packages: leftPad }),
  },
  {
    name: 'hostile-base256-huge',
    image: above([
      added,
      header({ path: 'a', size: base256([128, 127, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]) }),
    ]),
    expected: partial('tar_header_invalid', { packages: leftPad }),
  },
  {
    name: 'hostile-checksum',
    image: above([added, header({ path: 'a', checksum: 1 }), file('b')]),
    expected: partial('tar_header_invalid', { packages: leftPad }),
  },
  {
    name: 'hostile-size-beyond-end',
    image: above([added, header({ path: 'lib/apk/db/installed', size: 1 << 20 })]),
    expected: unknown({
      packages: leftPad,
      problems: ['tar_truncated', 'package_database_removed'],
    }),
  },
  { name: 'odd-no-end-mark', image: aboveBlob(gzipSync(added), sha256(added)), expected: found },
  {
    name: 'odd-bytes-after-end',
    image: aboveBlob(
      gzipSync(Buffer.concat([archive(added), Buffer.alloc(4096, 7)])),
      sha256(archive(added), Buffer.alloc(4096, 7)),
    ),
    expected: found,
  },
  {
    name: 'odd-unknown-types',
    image: above([...'346789ANVMDZ'].map((type) => entry({ path: `dev/${type}`, type })).concat(added)),
    expected: found,
  },
  {
    name: 'hostile-sparse-old',
    image: above([sparse('lib/apk/db/installed', 2 ** 40), added]),
    expected: unknown({
      packages: leftPad,
      problems: ['limit_file_bytes', 'package_database_removed'],
    }),
  },
  {
    name: 'hostile-sparse-pax',
    image: above([
      pax({ 'GNU.sparse.realsize': '999999999999999', 'GNU.sparse.map': '0,1' }),
      file('var/huge', 'x'),
      added,
    ]),
    expected: found,
  },
  {
    name: 'hostile-sparse-map',
    image: above([pax({ 'GNU.sparse.realsize': '10', 'GNU.sparse.map': '9,9,0,9' }), file('var/odd', 'x'), added]),
    expected: partial('tar_sparse_unsupported', { packages: leftPad }),
  },
  // Names.
  {
    name: 'hostile-traversal',
    image: above([
      ...['../../../etc/passwd', '/../../tmp/escape', 'a/../../../b', '..'].map((path) => file(path, 'x')),
      symlink('out', '../../../../../../etc'),
      file('out/passwd', 'x'),
      hardlink('hard', '../../../../etc/shadow'),
      added,
    ]),
    expected: complete({ problems: ['path_outside_root'], packages: leftPad }),
  },
  {
    name: 'hostile-deep-path',
    image: above([file(`${'d/'.repeat(2000)}f`), added]),
    expected: partial('limit_path_depth', { packages: leftPad }),
  },
  {
    name: 'hostile-long-path',
    image: above([file('n'.repeat(200_000)), added]),
    expected: partial('limit_path_bytes', { packages: leftPad }),
  },
  {
    name: 'hostile-long-link',
    image: above([symlink('l', 'n'.repeat(200_000)), added]),
    expected: partial('limit_path_bytes', { packages: leftPad }),
  },
  {
    name: 'odd-names',
    image: above([
      file('./a//b/./c'),
      file('/abs'),
      file('\u001b[31mred'),
      file('new\nline'),
      file('\u202egnp.txt'),
      file('__proto__/constructor'),
      entry({ path: '', patch: [[0, Buffer.from([0xff, 0xfe])]] }),
      added,
    ]),
    expected: found,
  },
  {
    name: 'odd-name-nul',
    image: above([pax({ path: 'a\u0000b' }), file('x'), added]),
    expected: complete({ problems: ['path_invalid'], packages: leftPad }),
  },
  // Links.
  {
    name: 'hostile-link-loop',
    image: above([symlink('a', 'b'), symlink('b', 'a'), file('a/x', 'y'), symlink('self', 'self/self'), added]),
    expected: found,
  },
  {
    name: 'hostile-link-doubling',
    image: above([...Array.from({ length: 60 }, (_, k) => symlink(`l${k + 1}`, `l${k}/l${k}`)), file('l60/x'), added]),
    expected: found,
  },
  {
    name: 'hostile-link-chain',
    image: above([...Array.from({ length: 5000 }, (_, k) => symlink(`c${k + 1}`, `c${k}`)), file('c5000/x'), added]),
    expected: found,
  },
  { name: 'hostile-os-release-loop', image: above([symlink('etc/os-release', 'os-release'), added]), expected: found },
  {
    name: 'hostile-os-release-out',
    image: above([symlink('etc/os-release', '../../../../../../etc/os-release'), added]),
    expected: found,
  },
  {
    name: 'hostile-db-symlink-out',
    image: above([symlink('lib/apk/db/installed', '../../../../../../../../etc/passwd'), added]),
    expected: unknown({
      packages: leftPad,
      problems: ['database_link_broken', 'package_database_removed'],
    }),
  },
  {
    name: 'hostile-db-symlink-loop',
    image: above([symlink('lib/apk/db', 'db'), added]),
    expected: unknown({
      packages: leftPad,
      problems: ['database_link_broken', 'package_database_removed'],
    }),
  },
  {
    name: 'odd-hardlink-lower-layer',
    image: above([hardlink('lib/apk/db/copy', 'lib/apk/db/installed'), added]),
    expected: found,
  },
  {
    name: 'odd-hardlink-database',
    image: above(
      [hardlink('tmp/db', 'lib/apk/db/installed')],
      [file('lib/apk/db/.wh.installed')],
      [hardlink('lib/apk/db/installed', 'tmp/db'), added],
    ),
    expected: found,
  },
  {
    name: 'hostile-hardlink-loop',
    image: above([hardlink('h1', 'h2'), hardlink('h2', 'h1'), hardlink('h3', 'h3'), added]),
    expected: found,
  },
  {
    name: 'hostile-hardlink-missing',
    image: above([hardlink('app/package.json', 'not/there'), added]),
    expected: partial('hardlink_unresolved', { packages: leftPad }),
  },
  {
    name: 'odd-usr-merge',
    image: above([
      directory('usr/lib'),
      symlink('lib64', 'usr/lib'),
      file('lib64/node_modules/left-pad/package.json', application),
    ]),
    expected: found,
  },
  // Whiteouts.
  {
    name: 'odd-opaque-after-entries',
    image: above(
      [added, file('app/old/package.json', application)],
      [file('app/node_modules/left-pad/package.json', application), file('app/.wh..wh..opq')],
    ),
    expected: found,
  },
  { name: 'odd-whiteout-beside-entry', image: above([added, file('app/node_modules/.wh.left-pad')]), expected: found },
  {
    name: 'odd-whiteout-root',
    image: above([file('.wh..wh..opq'), added]),
    expected: complete({ hasBase: false, packages: leftPad }),
  },
  {
    name: 'odd-whiteout-of-nothing',
    image: above([file('.wh.'), file('.wh..wh.plnk/1'), file('.wh..wh.aufs'), file('var/.wh.never'), added]),
    expected: complete({ problems: ['path_invalid'], packages: leftPad }),
  },
  {
    name: 'hostile-whiteout-outside',
    image: above([file('../.wh.lib'), file('var/../../.wh.lib'), added]),
    expected: complete({ problems: ['path_outside_root'], packages: leftPad }),
  },
  {
    name: 'odd-whiteout-of-database',
    image: above([file('lib/apk/.wh.db')]),
    expected: unknown({ problems: ['package_database_removed'] }),
  },
  {
    name: 'odd-directory-for-file',
    image: above([file('app/node_modules', 'x')], [directory('app/node_modules'), added]),
    expected: found,
  },
  { name: 'odd-file-for-directory', image: above([added], [file('app', 'x')]), expected: complete() },
  // Layers.
  {
    name: 'odd-duplicate-entries',
    image: above([file(manifestPath, '{"name":"left-pad","version":"1.0.0"}'), added]),
    expected: found,
  },
  {
    name: 'odd-duplicate-layers',
    image: (base) => ({ layers: [base, layer([added]), layer([file('x')]), layer([added]), base] }),
    expected: found,
  },
  {
    name: 'odd-empty-layers',
    image: (base) => ({
      layers: [
        layer([]),
        base,
        blobLayer(gzipSync(''), sha256(Buffer.alloc(0))),
        blobLayer(Buffer.alloc(0)),
        layer([added]),
      ],
    }),
    expected: found,
  },
  {
    name: 'odd-900-layers',
    image: (base) => ({
      layers: [base, ...Array.from({ length: 898 }, (_, k) => layer([file(`f${k % 20}`)])), layer([added])],
    }),
    expected: found,
  },
  {
    name: 'odd-gzip-members',
    image: aboveBlob(
      Buffer.concat([gzipSync(archive(added).subarray(0, 700)), gzipSync(''), gzipSync(archive(added).subarray(700))]),
      sha256(archive(added)),
    ),
    expected: found,
  },
  {
    name: 'odd-gzip-name-and-comment',
    image: aboveBlob(namedGzip(archive(added)), sha256(archive(added))),
    expected: found,
  },
  {
    name: 'odd-zstd-skippable',
    image: aboveBlob(
      Buffer.concat([skippable(100), zstdRaw(archive(added)), skippable(0), skippable(70_000)]),
      sha256(archive(added)),
    ),
    expected: found,
  },
  {
    name: 'odd-zstd-frames',
    image: aboveBlob(
      Buffer.concat([zstdRaw(archive(added).subarray(0, 700)), zstdRaw(archive(added).subarray(700))]),
      sha256(archive(added)),
    ),
    expected: found,
  },
  {
    name: 'hostile-zstd-window',
    image: aboveBlob(
      Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8]), zstdRaw(archive(added)).subarray(6)]),
      sha256(archive(added)),
    ),
    expected: partial('limit_window_bytes'),
  },
];

/** A file of GNU's old sparse format that has one stored block and says that it is of this size. */
function sparse(path: string, realSize: number): Buffer {
  const octal = (value: number) => `${value.toString(8).padStart(11, '0')}\0`;
  const big = Buffer.alloc(12);
  big.writeUInt8(0x80);
  big.writeBigUInt64BE(BigInt(realSize), 4);
  const patch = [
    [257, 'ustar  \0'],
    [386, octal(0)],
    [398, octal(512)],
    [483, big],
  ] as const;
  return Buffer.concat([header({ path, type: 'S', size: 512, patch }), Buffer.alloc(512, 0x41)]);
}

function namedGzip(bytes: Uint8Array): Buffer {
  const plain = gzipSync(bytes, { strategy: constants.Z_FIXED });
  const head = Buffer.from(plain.subarray(0, 10));
  head[3] = 0x08 | 0x10;
  return Buffer.concat([head, Buffer.from('layer.tar\0a comment\0'), plain.subarray(10)]);
}

/** @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2 */
function skippable(bytes: number): Buffer {
  const frame = Buffer.alloc(8 + bytes, 0x5a);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(bytes, 4);
  return frame;
}

/** One frame of raw blocks, which needs no compressor. */
function zstdRaw(bytes: Uint8Array): Buffer {
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]), block, bytes]);
}
