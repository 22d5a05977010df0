import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Label } from '@soupcon/label';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apkDatabase, basePackages, osRelease } from './support/alpine.ts';
import { appImage, writeAdvisories } from './support/app-image.ts';
import { dockerArchive, writeLayout } from './support/layout.ts';
import { makePlace, type Place, type Run, soupcon } from './support/soupcon.ts';
import { file } from './support/tar.ts';

let place: Place;
let image: string;
let advisories: string;
beforeAll(async () => {
  place = await makePlace();
  image = `oci:${await writeLayout(join(place.root, 'image'), appImage)}`;
  advisories = await writeAdvisories(join(place.root, 'advisories'));
});
afterAll(async () => {
  expect(await place.leftovers(), 'nothing is written unasked').toEqual([]);
  await place.remove();
});

const run = (...words: string[]): Promise<Run> => soupcon(words, place);
const labelOf = ({ stdout }: Run): Label => JSON.parse(stdout) as Label;
async function label(...words: string[]): Promise<Label> {
  const done = await run('scan', ...words, '--format', 'json');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  return labelOf(done);
}

describe('the label', () => {
  test.each(['json', 'cyclonedx', 'table'])('as %s is the same bytes each time', async (format) => {
    const words = ['scan', image, '--format', format, '--advisories', advisories];
    const [first, second] = await Promise.all([run(...words, '--threads', '1'), run(...words, '--threads', '4')]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).not.toBe('');
    expect(second.stdout).toBe(first.stdout);
  });

  test('has the fields of the contract', async () => {
    const found = await label(image, '--advisories', advisories);
    const contract = {
      '': 'schema image distro completeness layers packages removed findings secrets checks problems advisories',
      image: 'reference digest mediaType platform created size',
      distro: 'id versionId prettyName endOfLife',
      completeness: 'verdict executables reasons',
      executables: 'files bytes explainedBytes',
      layers: 'index digest diffId size instruction packages base',
      packages: 'purl type name version architecture source licenses locations introducedIn foundBy aliases',
      source: 'name version',
      locations: 'path layer',
      removed: 'purl introducedIn removedIn',
      findings:
        'id aliases advisories package state fixedIn fixState severity ratings kev epss layer suppressed evidence summary',
      ratings: 'source method severity score vector',
      evidence: 'advisory modified ecosystem name version scheme range undetermined',
      range: 'introduced fixed lastAffected',
      advisories: 'snapshot records',
    };
    const shapes = shapeOf(found);
    for (const [name, keys] of Object.entries(contract))
      expect(`${name}: ${shapes[name]}`).toContain(`${name}: ${keys}`);
    expect(found).toMatchObject({
      schema: 'soupcon.label/v1',
      image: { reference: image, platform: 'linux/amd64', created: '2024-03-01T00:00:00Z' },
      distro: { id: 'alpine', versionId: '3.18.9', prettyName: 'Alpine Linux v3.18' },
      completeness: { verdict: 'complete', executables: { files: 4 } },
      secrets: [],
      checks: [],
      problems: [],
      advisories: { snapshot: '2024-06-01T00:00:00Z', records: 6 },
    });
  });

  test('says which instruction made a layer and which layer brought a package', async () => {
    const { layers, packages } = await label(image);
    expect(layers.map((one) => [one.index, one.instruction, one.packages, one.base])).toEqual([
      [0, 'ADD file:0123456789 in /', 5, true],
      [1, 'RUN apk add npm curl', 1, false],
      [2, 'RUN apk del curl && apk upgrade', 1, false],
      [3, 'COPY . /srv', 2, false],
    ]);
    expect(Object.fromEntries(packages.map((one) => [`${one.name} ${one.version}`, one.introducedIn]))).toEqual({
      'alpine-baselayout 3.4.3-r1': 0,
      'busybox 1.36.1-r7': 0,
      'busybox-binsh 1.36.1-r7': 0,
      'libcrypto3 3.1.7-r0': 0,
      'zlib 1.2.13-r1': 0,
      'npm 9.6.6-r0': 1,
      'musl 1.2.4-r3': 2,
      '@scope/pad 2.0.0': 3,
      'left-pad 1.2.0': 3,
    });
  });

  test('says what lower layers have and the image has not', async () => {
    const { removed } = await label(image);
    const names = removed.map(({ purl, ...layers }) => [purl.replace(/^pkg:apk\/alpine\/([^?]+).*$/, '$1'), layers]);
    expect(names).toEqual([
      ['curl@8.9.0-r0', { introducedIn: 1, removedIn: 2 }],
      ['musl@1.2.4-r2', { introducedIn: 0, removedIn: 2 }],
    ]);
  });

  test('has a language package that a package of the system owns as its alias', async () => {
    const { packages } = await label(image);
    expect(packages.find(({ name }) => name === 'npm')).toMatchObject({ type: 'apk', aliases: ['pkg:npm/npm@9.6.6'] });
    expect(packages.filter(({ type }) => type === 'npm').map(({ name }) => name)).toEqual(['@scope/pad', 'left-pad']);
  });

  test('has what is known to be wrong with what is there, and with nothing else', async () => {
    const { findings } = await label(image, '--advisories', advisories);
    expect(findings.map((one) => [one.id, one.state, one.fixedIn, one.severity, one.layer])).toEqual([
      ['CVE-2024-0001', 'affected', '3.1.8-r0', 'unknown', 0],
      ['CVE-2024-0005', 'affected', '1.3.0', 'high', 3],
    ]);
    expect(findings[0]?.evidence).toMatchObject([{ name: 'openssl', version: '3.1.7-r0', scheme: 'apk' }]);
    expect(findings[1]?.advisories).toEqual(['GHSA-aaaa-bbbb-cccc']);
  });

  test('without advisories says so', async () => {
    expect(await label(image)).toMatchObject({ advisories: null, findings: [] });
    expect((await run('scan', image)).stdout).toMatch(/not matched/i);
  });
});

describe('the exit status', () => {
  const fails = (...words: string[]) => run('scan', image, '--format', 'json', ...words);

  test('0: within what is allowed', async () => {
    const done = await fails('--advisories', advisories, '--fail-on', 'critical');
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('unknown severity') });
  });

  test('1: a finding is that severe; the label is there all the same', async () => {
    const done = await fails('--advisories', advisories, '--fail-on', 'high');
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('1 finding of severity high or worse') });
    expect(labelOf(done).findings).toHaveLength(2);
  });

  test.each([
    [['scan'], 'no image is named'],
    [['scan', 'oci:x', '--unheard-of'], 'there is no option "--unheard-of"'],
    [['scan', 'oci:x', '--format', 'xml'], 'there is no format "xml"'],
    [['scan', 'oci:x', '--fail-on', 'bad'], 'is not a severity'],
    [['frobnicate'], 'there is no command "frobnicate"'],
  ])('2: %j cannot be understood', async (words, says) => {
    expect(await run(...words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
  });

  test.each(['oci:not/there', 'docker-archive:not/there.tar', 'dir:not/there', 'sbom:not/there.json'])(
    '3: nothing is at %s',
    async (reference) => {
      const done = await run('scan', reference);
      expect(done).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('Nothing is there to scan') });
    },
  );

  test('3: a file is no layout, a directory no archive', async () => {
    const path = join(place.root, 'file');
    await writeFile(path, 'text');
    expect((await run('scan', `oci:${path}`)).code).toBe(3);
    expect((await run('scan', `docker-archive:${place.root}`)).code).toBe(3);
    expect((await run('scan', `docker-archive:${path}`)).code).toBe(3);
    expect((await run('scan', `sbom:${path}`)).code).toBe(3);
  });

  test('3: the advisories are not there', async () => {
    const done = await fails('--advisories', join(place.root, 'not-there'));
    expect(done).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('advisories cannot be read') });
  });

  test('4: without advisories nobody can say', async () => {
    const done = await fails('--fail-on', 'low');
    expect(done).toMatchObject({ code: 4, stderr: expect.stringContaining('not matched') });
    expect(labelOf(done).packages).toHaveLength(9);
  });

  test('4: a partial label is not complete', async () => {
    const layers = appImage.layers.map((one, at) => (at === 3 ? { ...one, mediaType: 'application/x-new' } : one));
    const partly = `oci:${await writeLayout(join(place.root, 'partly'), { layers })}`;
    expect((await run('scan', partly)).code).toBe(0);
    expect((await run('scan', partly, '--require-complete')).code).toBe(4);
  });
});

describe('the sources', () => {
  test.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
  ])('a docker archive, %s, has what the layout has', async (name, pack) => {
    const path = join(place.root, `${name}.tar`);
    await writeFile(path, pack(dockerArchive(appImage, 'example/app:1', file)));
    const [there, here] = await Promise.all([label(`docker-archive:${path}`), label(image)]);
    expect(there.packages).toEqual(here.packages);
    expect(there.removed).toEqual(here.removed);
    expect((await run('scan', `docker-archive:${path}:example/app:2`)).code).toBe(3);
  });

  test('a directory is a root file system', async () => {
    const root = join(place.root, 'rootfs');
    await mkdir(join(root, 'lib/apk/db'), { recursive: true });
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'lib/apk/db/installed'), apkDatabase(basePackages));
    await writeFile(join(root, 'etc/os-release'), osRelease);
    const found = await label(`dir:${root}`);
    expect(found.distro?.id).toBe('alpine');
    expect(found.packages.map(({ name }) => name).toSorted()).toEqual(basePackages.map(({ name }) => name).toSorted());
    expect(found.layers).toMatchObject([{ index: 0, digest: null, diffId: null }]);
  });

  test('what was written as CycloneDX is matched again as it was', async () => {
    const path = join(place.root, 'bom.json');
    await run('scan', image, '--format', 'cyclonedx', '--output', path);
    const [there, here] = await Promise.all(
      [`sbom:${path}`, image].map((one) => label(one, '--advisories', advisories)),
    );
    const facts = (one: Label | undefined) =>
      one?.findings.map(({ id, package: purl, fixedIn }) => [id, purl, fixedIn]);
    expect(facts(there)).toEqual(facts(here));
    expect(facts(there)).toHaveLength(2);
  });

  test('a tag names one image of a layout', async () => {
    expect((await label(`${image}:latest`)).packages).toHaveLength(9);
    const done = await run('scan', `${image}:other`);
    expect(done).toMatchObject({ code: 3, stderr: expect.stringContaining('it has latest') });
  });
});

describe('the streams', () => {
  test('--output gets the bytes, standard output nothing', async () => {
    const path = join(place.root, 'label.json');
    const done = await run('scan', image, '--format', 'json', '--output', path);
    expect(done).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(path, 'utf8')).toBe((await run('scan', image, '--format', 'json')).stdout);
  });

  test('--output to a place that cannot be written ends with 3 and leaves nothing', async () => {
    const path = join(place.root, 'no', 'such', 'directory', 'label.json');
    expect(await run('scan', image, '--output', path)).toMatchObject({ code: 3, stdout: '' });
    await expect(stat(join(place.root, 'no'))).rejects.toThrow();
  });

  test('messages go to standard error, and --quiet keeps warnings back', async () => {
    const words = ['scan', image, '--advisories', advisories, '--fail-on', 'critical', '--format', 'json'];
    const [loud, quiet] = await Promise.all([run(...words), run(...words, '--quiet')]);
    expect(loud.stderr).toMatch(/^soupcon: warning: .*\n$/);
    expect(quiet).toMatchObject({ code: 0, stderr: '', stdout: loud.stdout });
  });

  test('the table has no escapes where no terminal reads it, whatever an image or NO_COLOR says', async () => {
    const words = ['scan', image, '--advisories', advisories];
    const [plain, noColor] = await Promise.all([
      run(...words),
      soupcon(words, { ...place, environment: { NO_COLOR: '1' } }),
    ]);
    expect(plain.stdout).toContain('CVE-2024-0005');
    expect(plain.stdout).not.toContain('\u001b');
    expect(noColor.stdout).toBe(plain.stdout);
  });
});

/** The keys of every object, by the field it is in; all objects of a list must have the same ones. */
function shapeOf(value: unknown, name = '', shapes: Record<string, string> = {}): Record<string, string> {
  if (Array.isArray(value)) for (const item of value) shapeOf(item, name, shapes);
  else if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value).join(' ');
    // `advisories` is a list of ids in a finding, and so has no shape there.
    expect(shapes[name] ?? keys).toBe(keys);
    shapes[name] = keys;
    for (const [key, item] of Object.entries(value)) shapeOf(item, key, shapes);
  }
  return shapes;
}
