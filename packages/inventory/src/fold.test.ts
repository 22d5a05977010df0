import { expect, test } from 'vitest';
import { buildInventory, dpkgStatus, elf, type Item, origins } from './testing/build-layer.ts';

const os: Item = { path: 'etc/os-release', text: 'ID=debian\nVERSION_ID="12"\n' };
const status = (...packages: string[]): Item => ({ path: 'var/lib/dpkg/status', text: dpkgStatus(...packages) });
const purl = (name: string, version: string) => `pkg:deb/debian/${name}@${version}?arch=amd64&distro=debian-12`;
const codes = (...layers: Item[][]) => buildInventory(layers).problems.map(({ code, layer }) => `${code} ${layer}`);

test('an upgrade is of its layer, what came and went is removed, what stays keeps its layer', () => {
  const inventory = buildInventory([
    [os, status('a 1', 'b 1')],
    [status('a 1', 'b 2', 'c 1')],
    [],
    [status('a 1', 'b 2')],
  ]);
  expect(origins(inventory)).toEqual({ 'a 1': 0, 'b 2': 1 });
  expect(inventory.removed).toEqual([
    { purl: purl('b', '1'), introducedIn: 0, removedIn: 1 },
    { purl: purl('c', '1'), introducedIn: 1, removedIn: 3 },
  ]);
  expect(inventory.layers.map(({ packages }) => packages)).toEqual([1, 1, 0, 0]);
});

test('a package that was gone in between is of the layer that brought it back, and not removed', () => {
  const inventory = buildInventory([[os, status('a 1', 'z 1')], [status('z 1')], [status('a 1', 'z 1')]]);
  expect(origins(inventory)).toEqual({ 'a 1': 2, 'z 1': 0 });
  expect(inventory.removed).toEqual([]);
});

test('a file wins over a whiteout of the same layer, in either order', () => {
  const file: Item = { path: 'x/node_modules/y/package.json', text: '{"name":"y","version":"2.0.0"}' };
  const hidden: Item = { path: 'x/node_modules/y', whiteout: true };
  const lower: Item = { path: 'x/node_modules/y/package.json', text: '{"name":"y","version":"1.0.0"}' };
  for (const layer of [
    [hidden, file],
    [file, hidden],
  ])
    expect(origins(buildInventory([[lower], layer]))).toEqual({ 'y 2.0.0': 1 });
});

test('a whiteout of /var takes the database with it: nothing is reported, and that it is gone is', () => {
  const inventory = buildInventory([[os, status('a 1'), elf('bin/a')], [], [{ path: 'var', whiteout: true }]]);
  expect(inventory.packages).toEqual([]);
  expect(inventory.removed).toEqual([{ purl: purl('a', '1'), introducedIn: 0, removedIn: 2 }]);
  expect(inventory.problems).toMatchObject([
    { code: 'package_database_removed', layer: 2, path: 'var/lib/dpkg/status' },
  ]);
  expect(inventory.completeness.verdict).toBe('unknown');
});

test('a removed database of apk is said, an opaque directory is one way to remove it', () => {
  const database: Item = { path: 'lib/apk/db/installed', text: 'P:a\nV:1-r0\n' };
  expect(codes([database, elf('bin/a')], [{ path: 'lib/apk/db/installed', whiteout: true }])).toEqual([
    'package_database_removed 1',
  ]);
  expect(codes([database, elf('bin/a')], [{ path: 'lib/apk', opaque: true }])).toEqual(['package_database_removed 1']);
  expect(codes([os, status('a 1'), elf('bin/a')], [{ path: 'var/lib/dpkg/status', text: '' }])).toEqual([
    'package_database_removed 1',
  ]);
});

test('a database that comes back, or goes with its whole root, is not removed', () => {
  expect(codes([os, status('a 1')], [{ path: 'var', whiteout: true }], [status('b 1')])).toEqual([]);
  const nested = [{ path: 'r/var/lib/dpkg/status', text: dpkgStatus('a 1') }, elf('r/bin/a')];
  expect(codes(nested, [{ path: 'r', whiteout: true }])).toEqual([]);
  expect(codes(nested, [{ path: 'r/var', whiteout: true }])).toEqual(['package_database_removed 1']);
});

test('the same layer twice is told apart by its place', () => {
  const layer = [status('a 1')];
  const without = [{ path: 'var', whiteout: true } as const];
  expect(origins(buildInventory([[], [os], layer, without, [], layer]))).toEqual({ 'a 1': 5 });
});

test('a database that is written again as it was changes no origin', () => {
  const inventory = buildInventory([[os, status('a 1')], [status('a 1', 'b 1')], [], [], [status('a 1', 'b 1')]]);
  expect(origins(inventory)).toEqual({ 'a 1': 0, 'b 1': 1 });
  expect(inventory.packages[0]?.locations).toEqual([{ path: 'var/lib/dpkg/status', layer: 4 }]);
});

test('a language package that is moved, or upgraded in place, is new', () => {
  const at = (path: string, version: string): Item => ({
    path: `${path}/package.json`,
    text: `{"name":"y","version":"${version}"}`,
  });
  expect(origins(buildInventory([[at('node_modules/y', '1.0.0')], [at('node_modules/y', '1.0.1')]]))).toEqual({
    'y 1.0.1': 1,
  });
  const moved = buildInventory([
    [at('node_modules/y', '1.0.0')],
    [{ path: 'node_modules', whiteout: true }, at('app/node_modules/y', '1.0.0')],
  ]);
  expect(origins(moved)).toEqual({ 'y 1.0.0': 1 });
  expect(moved.removed).toEqual([]);
});

test('a language package that a system package owns is its alias, through links on either side', () => {
  const inventory = buildInventory([
    [
      os,
      status('node-y 1'),
      {
        path: 'var/lib/dpkg/info/node-y.list',
        text: '/.\n/lib\n/lib/node_modules\n/lib/node_modules/y\n/lib/node_modules/y/package.json\n',
      },
      { path: 'lib', link: 'usr/lib' },
      { path: 'usr/lib/node_modules/y/package.json', text: '{"name":"y","version":"1.0.0"}' },
      { path: 'app/node_modules/z/package.json', text: '{"name":"z","version":"1.0.0"}' },
    ],
  ]);
  expect(inventory.packages.map(({ name, aliases }) => [name, aliases])).toEqual([
    ['node-y', ['pkg:npm/y@1.0.0']],
    ['z', []],
  ]);
});

test('the owner of a link does not own what it leads to', () => {
  const { completeness } = buildInventory([
    [
      os,
      status('a 1'),
      { path: 'var/lib/dpkg/info/a.list', text: '/bin/sh\n' },
      { path: 'bin/sh', link: '/opt/shell' },
      elf('opt/shell'),
    ],
  ]);
  expect(completeness.executables).toEqual({ files: 1, bytes: 1000, explainedBytes: 0 });
});

test('a file with two names counts once', () => {
  const { completeness } = buildInventory([[elf('bin/a'), { path: 'bin/b', hardlink: 'bin/a' }]]);
  expect(completeness.executables).toEqual({ files: 1, bytes: 1000, explainedBytes: 0 });
});

test('a hard link with a wanted name to a file that nobody asked for is a problem', () => {
  const items: Item[] = [
    { path: 'store/ab', text: '{"name":"y","version":"1.0.0"}' },
    { path: 'node_modules/y/package.json', hardlink: 'store/ab' },
  ];
  expect(codes(items)).toEqual(['hardlink_unresolved 0']);
  expect(
    codes([
      { path: 'x/package.json', text: '{}' },
      { path: 'node_modules/y/package.json', hardlink: 'x/package.json' },
    ]),
  ).toEqual([]);
});

test('a directory in the place of a link that led to the database takes the packages away', () => {
  const inventory = buildInventory([
    [os, { path: 'srv/dpkg/status', text: dpkgStatus('a 1') }, { path: 'var/lib/dpkg', link: '/srv/dpkg' }],
    [{ path: 'var/lib/dpkg', dir: true }],
  ]);
  expect(inventory.packages).toEqual([]);
  expect(inventory.removed).toEqual([{ purl: purl('a', '1'), introducedIn: 0, removedIn: 1 }]);
});

test('files below links that lead in a circle are counted', () => {
  const loop: Item[] = [
    { path: 'a', link: 'b' },
    { path: 'b', link: 'a' },
    { path: 'a/package.json', text: '{"name":"y","version":"1.0.0"}' },
  ];
  expect(buildInventory([loop]).problems).toMatchObject([{ code: 'link_loop', layer: 0, path: 'a/package.json' }]);
});

test.each([
  'var/lib/rpm/Packages',
  'usr/lib/sysimage/rpm/rpmdb.sqlite',
  'usr/lib/sysimage/rpm/Packages.db',
  'var/lib/pacman/local/a-1-1/desc',
  'var/lib/chisel/manifest.wall',
])('an image with %s does not look clean', (path) => {
  const { problems, completeness } = buildInventory([[{ path, text: 'x' }]]);
  expect(problems).toMatchObject([{ code: 'distribution_unsupported', path }]);
  expect(completeness.verdict).toBe('unknown');
});

test('nor does one of a distribution whose packages are not read', () => {
  const fedora: Item = { path: 'etc/os-release', text: 'ID=fedora\nVERSION_ID=40\n' };
  expect(codes([fedora])).toEqual(['distribution_unsupported null']);
  expect(codes([{ path: 'etc/os-release', text: 'ID=mint\nID_LIKE="ubuntu debian"\n' }])).toEqual([]);
});

test('the same input gives the same inventory', () => {
  const layers = [
    [os, status('b 1', 'a 1')],
    [{ path: 'node_modules/y/package.json', text: '{"name":"y","version":"1.0.0"}' }],
  ];
  expect(JSON.stringify(buildInventory(layers))).toBe(JSON.stringify(buildInventory(layers)));
});
