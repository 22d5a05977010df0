import { apkDatabase } from './alpine.ts';
import { above, complete, type ImageCase, partial } from './cases.ts';
import { file, symlink } from './tar.ts';

const npmAt = (name: string, text: string | Uint8Array) => file(`app/node_modules/${name}/package.json`, text);
const stanza = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;
const nestedJson = `{"name":"deep","version":"1.0.0","x":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
const wideJson = `{"name":"wide","version":"1.0.0",${Array.from({ length: 200_000 }, (_, k) => `"k${k}":${k}`).join()}}`;

/** Files that should describe packages and do not, or describe too much. */
export const hostileContents: readonly ImageCase[] = [
  {
    name: 'hostile-npm-not-json',
    image: above([npmAt('a', 'not json'), npmAt('b', '{"name":"b"'), npmAt('c', '')]),
    expected: partial('file_malformed'),
  },
  {
    name: 'hostile-npm-wrong-types',
    image: above([npmAt('a', '[]'), npmAt('b', 'null'), npmAt('c', '{"name":7,"version":{}}'), npmAt('d', '"text"')]),
    expected: partial('file_malformed'),
  },
  {
    name: 'hostile-npm-deep-json',
    image: above([npmAt('deep', nestedJson)]),
    expected: complete({ packages: ['deep 1.0.0'] }),
  },
  {
    name: 'hostile-npm-wide-json',
    image: above([npmAt('wide', wideJson)]),
    expected: complete({ packages: ['wide 1.0.0'] }),
  },
  {
    name: 'hostile-npm-proto',
    image: above([npmAt('a', '{"__proto__":{"name":"x"},"name":"a","version":"1.0.0","constructor":{}}')]),
    expected: complete({ packages: ['a 1.0.0'] }),
  },
  {
    name: 'hostile-npm-escapes',
    image: above([
      npmAt('a', '{"name":"\\u001b[31mred\\u0007","version":"1.0.0"}'),
      npmAt('b', '{"name":"b","version":"1.0.0","license":"\\u001b]0;title\\u0007MIT"}'),
    ]),
    expected: complete({ packages: ['b 1.0.0'] }),
  },
  {
    name: 'hostile-npm-binary',
    image: above([
      npmAt('a', Buffer.alloc(100_000, 0xff)),
      npmAt('b', Buffer.from('\ufeff{"name":"b","version":"1.0.0"}')),
    ]),
    expected: partial('file_malformed', { packages: ['b 1.0.0'] }),
  },
  {
    name: 'hostile-apk-escapes',
    image: above([
      file('srv/lib/apk/db/installed', apkDatabase([{ name: '\u001b[2J\u001b[31mevil', version: '1.0-r0' }])),
    ]),
    expected: complete(),
  },
  {
    name: 'hostile-apk-garbage',
    image: above([file('srv/lib/apk/db/installed', Buffer.alloc(300_000, 0x80))]),
    expected: partial('file_malformed'),
  },
  {
    name: 'hostile-apk-one-line',
    image: above([file('srv/lib/apk/db/installed', `P:${'x'.repeat(5_000_000)}`)]),
    expected: partial('record_incomplete'),
  },
  {
    name: 'hostile-apk-incomplete',
    image: above([file('srv/lib/apk/db/installed', 'P:nameless\n\nV:1\n\nP:a b\nV:1\n\n\n\n')]),
    expected: partial('record_incomplete', { problems: ['record_incomplete', 'record_malformed'] }),
  },
  {
    name: 'hostile-apk-blank-lines',
    image: above([file('srv/lib/apk/db/installed', `${'\n'.repeat(5_000_000)}P:late\nV:1.0-r0\n`)]),
    expected: complete({ packages: ['late 1.0-r0'] }),
  },
  {
    name: 'hostile-dpkg-endless-field',
    image: above([
      file(
        'var/lib/dpkg/status',
        `${stanza('a', '1')}Description: x\n${' y\n'.repeat(1_000_000)}\n${stanza('b', '2')}`,
      ),
    ]),
    expected: complete({ packages: ['a 1', 'b 2'] }),
  },
  {
    name: 'hostile-dpkg-garbage',
    image: above([file('var/lib/dpkg/status', Buffer.alloc(100_000, 0x80))]),
    expected: partial('file_malformed'),
  },
  {
    name: 'odd-dpkg-states',
    image: above([
      file(
        'var/lib/dpkg/status',
        `Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n${stanza('a', '1')}\nPackage: half\nStatus: install ok half-configured\nVersion: 2`,
      ),
    ]),
    expected: complete({ packages: ['a 1', 'half 2'], problems: ['package_half_installed'] }),
  },
  {
    name: 'hostile-os-release-injection',
    image: above([file('usr/lib/os-release', 'ID=$(touch /tmp/escape)\nID=`id`\nID="alpine\u001b[31m"\n')]),
    expected: complete(),
  },
  {
    name: 'hostile-os-release-1000-lines',
    image: above([file('etc/os-release', `ID=alpine\nVERSION_ID=3.18\n${'X=1\n'.repeat(1000)}`)]),
    expected: complete(),
  },
  {
    name: 'hostile-os-release-large',
    image: above([file('etc/os-release', `ID=alpine\n${'#'.repeat(10_000_000)}\n`)]),
    expected: complete(),
  },
  { name: 'hostile-os-release-empty', image: above([file('etc/os-release', '')]), expected: complete() },
  {
    name: 'odd-os-release-crlf',
    image: above([file('etc/os-release', "ID='alpine'\r\nVERSION_ID=3.18\r\n")]),
    expected: complete(),
  },
  {
    name: 'odd-directory-named-installed',
    image: above([file('srv/installed/x', 'y'), file('srv/status/x', 'y'), file('srv/package.json/x', 'y')]),
    expected: complete(),
  },
  {
    name: 'odd-vcpkg-status',
    image: above([
      file('opt/vcpkg/status', 'Package: zlib\nVersion: 1\nPort-Version: 1\nStatus: install ok installed\n'),
    ]),
    expected: complete(),
  },
  {
    name: 'odd-database-through-links',
    image: above([symlink('srv/db', '/lib/apk/db')], [symlink('srv2', 'srv')]),
    expected: complete(),
  },
];
