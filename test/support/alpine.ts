import { type Layer, layer } from './layout.ts';
import { directory, file, symlink } from './tar.ts';

export interface ApkPackage {
  readonly name: string;
  readonly version: string;
  readonly origin?: string;
  /** Absolute paths without the leading slash. */
  readonly files?: readonly string[];
}

/** apk's database of installed packages. */
export function apkDatabase(packages: readonly ApkPackage[]): string {
  const stanzas = packages.map(({ name, version, origin, files = [] }) => {
    const owned = files.flatMap((path) => {
      const slash = path.lastIndexOf('/');
      return [`F:${path.slice(0, Math.max(0, slash))}`, `R:${path.slice(slash + 1)}`];
    });
    const lines = [`P:${name}`, `V:${version}`, 'A:x86_64', 'L:MIT', `o:${origin ?? name}`, ...owned];
    return `${lines.join('\n')}\n`;
  });
  return `${stanzas.join('\n')}\n`;
}

export function elf(bytes = 1000): Buffer {
  const made = Buffer.alloc(bytes);
  made.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  return made;
}

export const basePackages: readonly ApkPackage[] = [
  { name: 'alpine-baselayout', version: '3.4.3-r1', files: ['etc/motd'] },
  { name: 'busybox', version: '1.36.1-r7', files: ['bin/busybox'] },
  { name: 'busybox-binsh', version: '1.36.1-r7', origin: 'busybox', files: ['bin/sh'] },
  { name: 'libcrypto3', version: '3.1.7-r0', origin: 'openssl', files: ['lib/libcrypto.so.3'] },
  { name: 'musl', version: '1.2.4-r2', files: ['lib/ld-musl-x86_64.so.1'] },
  { name: 'zlib', version: '1.2.13-r1', files: ['lib/libz.so.1.2.13'] },
];

export const osRelease = `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.9\nPRETTY_NAME="Alpine Linux v3.18"\n`;

/** A small Alpine: what every image here stands on, and what must be found again whatever lies above it. */
export const alpineParts: readonly Uint8Array[] = [
  ...['bin', 'etc', 'lib', 'lib/apk', 'lib/apk/db', 'usr', 'usr/lib', 'var'].map(directory),
  file('bin/busybox', elf(4000), 0o755),
  symlink('bin/sh', '/bin/busybox'),
  file('etc/alpine-release', '3.18.9\n'),
  file('etc/motd', 'Welcome\n'),
  symlink('etc/os-release', '../usr/lib/os-release'),
  file('lib/apk/db/installed', apkDatabase(basePackages)),
  file('lib/ld-musl-x86_64.so.1', elf(3000), 0o755),
  file('lib/libcrypto.so.3', elf(2000), 0o755),
  file('lib/libz.so.1.2.13', elf(1000), 0o755),
  file('usr/lib/os-release', osRelease),
];

export const alpineBase: Layer = layer(alpineParts, '/bin/sh -c #(nop) ADD file:0123456789 in / ');
