import { alpineBase, apkDatabase, basePackages, elf } from './alpine.ts';
import { writeBucket } from './bucket.ts';
import { type Image, layer } from './layout.ts';
import { file } from './tar.ts';

const npm = { name: 'npm', version: '9.6.6-r0', files: ['usr/lib/node_modules/npm/package.json'] };
const curl = { name: 'curl', version: '8.9.0-r0', files: ['usr/bin/curl'] };
const musl = { name: 'musl', version: '1.2.4-r3', files: ['lib/ld-musl-x86_64.so.1'] };
const manifestOf = (name: string, version: string) => JSON.stringify({ name, version, license: 'MIT' });
const packagesThen = basePackages.map((one) => (one.name === 'musl' ? musl : one));

/** An Alpine to which a package manager, a tool that is taken away again, an upgrade and an application were added. */
export const appImage: Image = {
  layers: [
    alpineBase,
    layer(
      [
        file('lib/apk/db/installed', apkDatabase([...basePackages, npm, curl])),
        file('usr/bin/curl', elf(), 0o755),
        file('usr/lib/node_modules/npm/package.json', manifestOf('npm', '9.6.6')),
      ],
      'RUN /bin/sh -c apk add npm curl # buildkit',
    ),
    layer(
      [
        file('lib/apk/db/installed', apkDatabase([...packagesThen, npm])),
        file('lib/ld-musl-x86_64.so.1', elf(3000), 0o755),
        file('usr/bin/.wh.curl'),
      ],
      'RUN |1 A=b /bin/sh -c apk del curl && apk upgrade # buildkit',
    ),
    layer(
      [
        file('srv/node_modules/@scope/pad/package.json', manifestOf('@scope/pad', '2.0.0')),
        file('srv/node_modules/left-pad/package.json', manifestOf('left-pad', '1.2.0')),
      ],
      'COPY . /srv # buildkit',
    ),
  ],
};

const affected = (ecosystem: string, name: string, fixed: string) => [
  { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }] },
];
const modified = '2024-06-01T00:00:00Z';
const records = {
  Alpine: [
    {
      id: 'ALPINE-CVE-2024-0001',
      modified,
      upstream: ['CVE-2024-0001'],
      affected: affected('Alpine:v3.18', 'openssl', '3.1.8-r0'),
    },
    {
      id: 'ALPINE-CVE-2024-0002',
      modified,
      upstream: ['CVE-2024-0002'],
      affected: affected('Alpine:v3.18', 'musl', '1.2.4-r3'),
    },
    {
      id: 'ALPINE-CVE-2024-0003',
      modified,
      upstream: ['CVE-2024-0003'],
      affected: affected('Alpine:v3.18', 'curl', '9.0.0-r0'),
    },
    {
      id: 'ALPINE-CVE-2024-0004',
      modified,
      upstream: ['CVE-2024-0004'],
      affected: affected('Alpine:v3.17', 'zlib', '9-r0'),
    },
  ],
  npm: [
    {
      id: 'GHSA-aaaa-bbbb-cccc',
      modified,
      aliases: ['CVE-2024-0005'],
      summary: 'left-pad pads with \u001b[31mthe wrong character',
      database_specific: { severity: 'HIGH' },
      affected: affected('npm', 'left-pad', '1.3.0'),
    },
    { id: 'GHSA-dddd-eeee-ffff', modified, affected: affected('npm', '@scope/pad', '2.0.0') },
  ],
};

/** Advisories laid out as the public OSV bucket. */
export function writeAdvisories(target: string): Promise<string> {
  return writeBucket(target, records);
}
