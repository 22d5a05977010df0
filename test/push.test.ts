import { existsSync } from 'node:fs';
import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { executablePath, missingPrograms } from '@soupcon/registry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alpineBase } from './support/alpine.ts';
import { brokenImages } from './support/broken-images.ts';
import { osvRecord, writeBucket } from './support/bucket.ts';
import { makeDebian } from './support/debian.ts';
import { documentsOf, layer, sha256, writeLayout } from './support/layout.ts';
import { type PlatformImage, writeManyPlatforms } from './support/many-platforms.ts';
import { replayNotices, sampleNotices } from './support/notices.ts';
import { PushScene, unnamed } from './support/push-scene.ts';
import { uploadManifest, uploadParts } from './support/registry-uploads.ts';
import type { ScanRow } from './support/running-service.ts';
import { until } from './support/service.ts';
import { file } from './support/tar.ts';

const samples = resolve('../shared/data');
const missing = missingPrograms(['docker-registry', 'skopeo', 'htpasswd'], executablePath());
const notRun = missing.length === 0 ? '' : ` (not run: ${missing.join(', ')} not on the PATH)`;
const promisedMs = 5_000;
const isDone = ({ state }: ScanRow) => state === 'done';
const say = (text: string) => process.stdout.write(`push: ${text}\n`);

async function writeAdvisories(target: string): Promise<void> {
  const modified = '2025-01-01T00:00:00Z';
  await writeBucket(target, {
    Alpine: [osvRecord('ALPINE-CVE-2025-0001', modified, { ecosystem: 'Alpine:v3.18', name: 'openssl' })],
    Debian: [
      osvRecord('DEBIAN-CVE-2025-0002', modified, { ecosystem: 'Debian:12', name: 'bash' }),
      osvRecord('DEBIAN-CVE-2025-0003', modified, { ecosystem: 'Debian:12', name: 'like-debian-7', fixed: '1.0-2' }),
    ],
  });
  const alpine = join(samples, 'osv', 'Alpine');
  if (existsSync(alpine)) await cp(alpine, join(target, 'Alpine'), { recursive: true, force: true });
}

/** An index of all platforms of Alpine: the real one where the samples are, else one of our own. */
async function alpineOf(directory: string): Promise<{ layout: string; digest: string; images: PlatformImage[] }> {
  const real = join(samples, 'images', 'alpine-3.20-multiarch');
  if (!existsSync(real)) return { layout: directory, ...(await writeManyPlatforms(directory)) };
  const { manifests } = await readJson<{ manifests: { digest: string }[] }>(join(real, 'index.json'));
  const digest = manifests[0]?.digest ?? '';
  const index = await readJson<{
    manifests: { digest: string; platform: { os: string; architecture: string; variant?: string } }[];
  }>(join(real, 'blobs', 'sha256', digest.slice('sha256:'.length)));
  const images = index.manifests
    .filter(({ platform }) => platform.os !== 'unknown') // An attestation, which is no image.
    .map(({ digest: own, platform: { os, architecture, variant } }) => ({
      digest: own,
      platform: [os, architecture, variant].filter((part) => part !== undefined).join('/'),
    }));
  return { layout: real, digest, images };
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}

describe.skipIf(missing.length > 0)(`a push to a real registry${notRun}`, () => {
  let scene: PushScene;
  let alpine: Awaited<ReturnType<typeof alpineOf>>;

  beforeAll(async () => {
    scene = await PushScene.open(writeAdvisories);
    alpine = await alpineOf(join(scene.place.root, 'alpine'));
  }, 120_000);
  afterAll(() => scene?.close());

  describe('of an index with all its platforms', () => {
    const name = 'team/alpine';

    test('leads to the label of each within five seconds, the same that the command gives', async () => {
      await scene.optIn(name);
      const pushedAt = await scene.push(alpine.layout, `${name}:1`, '--all');
      const asked = alpine.images.map(({ platform }) => ({ digest: alpine.digest, platform }));
      const labels = await scene.labels(asked, promisedMs);
      const tookMs = performance.now() - pushedAt;
      say(`${labels.length} labels of ${alpine.layout} ${(tookMs / 1000).toFixed(2)} s after the push`);
      expect(tookMs).toBeLessThan(promisedMs);
      for (const [at, { platform, digest }] of alpine.images.entries()) {
        const expected = unnamed(await scene.scanned(alpine.layout, '--platform', platform));
        const [own] = await scene.labels([{ digest }], promisedMs);
        expect(unnamed(labels[at] as never), platform).toEqual(expected);
        expect(unnamed(own as never), `${platform}, by its own digest`).toEqual(expected);
      }
    });

    test.each([
      ['again', '1'],
      ['under another tag', '2'],
    ])('pulls no blob when it is pushed %s', async (_, tag) => {
      const repository = await scene.optIn(name);
      const doneOf = async () => (await scene.api.scans(repository)).filter((one) => one.tag === tag && isDone(one));
      const known = await doneOf();
      const before = scene.pulledBlobs(name);
      expect(before.length).toBeGreaterThanOrEqual(2 * alpine.images.length);
      await scene.push(alpine.layout, `${name}:${tag}`, '--all');
      await until('its scan', async () => ((await doneOf()).length > known.length ? true : undefined));
      expect(scene.pulledBlobs(name)).toEqual(before);
    });

    test('lets every digest end, the images of the index as done, and none pulled twice', async () => {
      const repository = await scene.optIn(name);
      const scans = await scene.api.ended(repository, 3 * (alpine.images.length + 1));
      for (const { digest } of alpine.images) {
        const own = scans.filter((one) => one.digest === digest);
        expect(
          own.map(({ state }) => state),
          digest,
        ).toEqual(['done', 'done', 'done']);
      }
      expect(scans.filter(({ tag }) => tag !== null).map(({ resolvedDigest }) => resolvedDigest)).toEqual(
        Array(3).fill(alpine.digest),
      );
      for (const one of scans.filter((scan) => !isDone(scan)))
        expect(one).toMatchObject({ state: 'skipped', reason: { code: 'manifest_unsupported' } });
      const pulled = scene.pulledBlobs(name);
      expect(new Set(pulled).size).toBe(pulled.length);
    });
  });

  test('of some 60 MB of Debian leads to the label that the command gives, and one more layer to one pull', async () => {
    const { layer: base, madeBy } = await makeDebian(scene.place.root);
    const name = 'team/debian';
    const first = { layers: [base] };
    const layout = await writeLayout(join(scene.place.root, 'debian'), first);
    const repository = await scene.optIn(name);
    const pushedAt = await scene.push(layout, `${name}:12`);
    const [label] = await scene.labels([{ digest: sha256(documentsOf(first).manifest) }], 60_000);
    const tookMs = performance.now() - pushedAt;
    say(`the label of Debian, ${base.size} bytes by ${madeBy}, ${(tookMs / 1000).toFixed(2)} s after the push`);
    expect(label?.packages.length).toBeGreaterThan(50);
    expect(label?.findings.length).toBeGreaterThan(0);
    expect(unnamed(label as never)).toEqual(unnamed(await scene.scanned(layout)));
    await scene.api.ended(repository, 1);

    const before = scene.pulledBlobs(name);
    const added = layer([file('srv/node_modules/one/package.json', '{"name":"one","version":"1.0.0"}')]);
    const second = { layers: [base, added] };
    const above = await writeLayout(join(scene.place.root, 'debian-and-more'), second);
    const documents = documentsOf(second);
    await scene.push(above, `${name}:12-more`);
    const [more] = await scene.labels([{ digest: sha256(documents.manifest) }], 60_000);
    expect(unnamed(more as never)).toEqual(unnamed(await scene.scanned(above)));
    expect(scene.pulledBlobs(name).slice(before.length).sort()).toEqual(
      [added.digest, sha256(documents.config)].sort(),
    );
  }, 150_000);

  test('of what is no image, or a broken one, ends with a reason', { timeout: 60_000 }, async () => {
    const name = 'team/odd';
    const repository = await scene.optIn(name);
    const to = { host: scene.host, repository: name, user: scene.user };
    const accepted = new Map<string, string>();
    for (const { name: tag, image: make, expected } of brokenImages) {
      const image = make(alpineBase);
      if (expected.end !== 'refused' || image.spoil !== undefined || image.index !== undefined) continue;
      await uploadParts(to, image);
      if ((await uploadManifest(to, documentsOf(image).manifest, tag)) !== null) accepted.set(tag, expected.code);
    }
    // What the registry itself looks at, it refuses: that is no push.
    expect([...accepted.keys()]).toEqual(
      expect.arrayContaining([
        'broken-not-tar',
        'broken-gzip-cut',
        'broken-config-json',
        'odd-helm-chart',
        'odd-cosign-signature',
      ]),
    );
    const scans = await scene.api.ended(repository, accepted.size, 50_000);
    const ends = Object.fromEntries(scans.map(({ tag, state, reason }) => [tag, { state, code: reason?.code }]));
    const expected = [...accepted].map(([tag, code]) => {
      return [tag, { state: code === 'manifest_unsupported' ? 'skipped' : 'failed', code }] as const;
    });
    expect(ends).toEqual(Object.fromEntries(expected));
    for (const { reason } of scans) expect(reason?.text, reason?.code ?? '').toMatch(/^[A-Z].{10,}/);
  });

  test.each([
    ['is gone', 'blob_missing', (path: string) => rm(path)],
    ['was cut off', 'blob_size_mismatch', (path: string) => truncate(path, 60)],
    [
      'was changed',
      'blob_digest_mismatch',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[20] = (bytes[20] ?? 0) ^ 1;
        await writeFile(path, bytes);
      },
    ],
  ])('of an image of which a layer %s in the registry fails and says %s', async (how, code, damage) => {
    const name = `team/layer-${code.replaceAll('_', '-')}`;
    const added = layer([file(`opt/${how}`, how)]);
    const image = { layers: [alpineBase, added] };
    const to = { host: scene.host, repository: name, user: scene.user };
    await uploadParts(to, image);
    await uploadManifest(to, documentsOf(image).manifest, '1');
    await damage(scene.registry.blobFile(added.digest));
    const scans = await scene.api.ended(await scene.optIn(name, ['1']), 1);
    expect(scans).toMatchObject([{ state: 'failed', reason: { code }, tag: '1' }]);
    expect(scans[0]?.reason?.text).toContain(added.digest);
  });

  test('to a repository that is not opted in is not looked at', async () => {
    const image = { layers: [alpineBase] };
    const layout = await writeLayout(join(scene.place.root, 'private'), image);
    await scene.push(layout, 'team/private:1');
    // Notices come in order: when a later one has led to a scan, the earlier one was read.
    const witness = await scene.optIn('team/witness');
    await scene.push(layout, 'team/witness:1');
    await scene.api.ended(witness, 1);
    expect(scene.asked('team/witness')).not.toEqual([]);
    expect(scene.asked('team/private')).toEqual([]);
    expect((await scene.api.call('GET', `/v1/repositories?name=team/private`)).body).toMatchObject({ items: [] });
  });

  const notices = sampleNotices(join(samples, 'notifications'));
  const noNotices = notices.length === 0 ? ' (not run: no samples beside the checkout)' : '';
  test.skipIf(notices.length === 0)(`as a real registry has told of it is answered right${noNotices}`, async () => {
    await replayNotices(scene, notices);
  });
});
