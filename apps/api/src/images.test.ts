import { type Label, renderJson } from '@soupcon/label';
import { system } from '@soupcon/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiBench, type Tenant } from './testing/api-bench.ts';
import {
  addFinding,
  type SampleImage,
  type SampleRepository,
  sampleDigest,
  sampleFinding,
  sampleImage,
  samplePackage,
  sampleRepository,
} from './testing/samples.ts';

let bench: ApiBench;
let tenant: Tenant;
let repository: SampleRepository;
let image: SampleImage;
const index = { digest: sampleDigest('index'), mediaType: 'application/vnd.oci.image.index.v1+json' };

const leftPad = samplePackage('left-pad', '1.0.0');
const packages = [leftPad, samplePackage('abbrev', '2.0.0'), samplePackage('once', '1.4.0')];

beforeAll(async () => {
  bench = await ApiBench.open();
  tenant = await bench.tenant('images');
  repository = await sampleRepository(tenant);
  const where = { organizationId: tenant.organizationId, repositoryId: repository.repositoryId };
  image = await sampleImage(bench, where, { seed: 'one', packages });
  await bench.store.asSystem((tx) =>
    system.profiles.recordScanned(tx, {
      ...where,
      tag: 'multi',
      ...index,
      images: [image],
      isIndex: true,
      resolvedAt: new Date().toISOString(),
    }),
  );
  const { purl } = leftPad;
  const [old, now] = [sampleFinding('CVE-2026-0001'), sampleFinding('CVE-2026-0002')];
  await addFinding(bench.store, { purl, finding: old, since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' });
  await addFinding(bench.store, { purl, finding: now, since: '2026-02-01T00:00:00Z' });
});
afterAll(() => bench.close());

interface Items<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

const get = async <Body = Record<string, unknown>>(path: string) => {
  const { status, body, text } = await tenant.call<Body>('GET', path);
  expect([path, status, status === 200 ? '' : text]).toEqual([path, 200, '']);
  return { body, text };
};

describe('the label', () => {
  test('is the document of the command line, byte by byte as it renders it, the same each time', async () => {
    const { body, text } = await get<Label>(`/v1/images/${image.digest}/label`);
    expect(text).toBe(renderJson(body));
    expect((await get(`/v1/images/${image.digest}/label`)).text).toBe(text);
    expect(body).toMatchObject({
      schema: 'soupcon.label/v1',
      image: { digest: image.digest, platform: 'linux/amd64', created: '2026-01-02T03:04:05Z', size: 1234 },
      completeness: { verdict: 'complete' },
      findings: [{ id: 'CVE-2026-0002', package: leftPad.purl, layer: 0, suppressed: null, fixedIn: '9.9.9' }],
    });
    expect(body.packages.map(({ purl }) => purl)).toEqual(packages.map(({ purl }) => purl).sort());
    expect(Object.keys(body)).toEqual([
      ...[
        'schema',
        'image',
        'distro',
        'completeness',
        'layers',
        'packages',
        'removed',
        'findings',
        'secrets',
        'checks',
      ],
      ...['problems', 'advisories'],
    ]);
  });

  test('names the newest tag that its digest is now, else the digest where it was scanned last', async () => {
    const reference = async (digest: string) => (await get<Label>(`/v1/images/${digest}/label`)).body.image.reference;
    expect(await reference(index.digest)).toBe('registry.example.test:5000/team/app:multi');
    expect(await reference(image.digest)).toBe(`registry.example.test:5000/team/app@${image.digest}`);
  });

  test('says that nothing was matched while there are no advisories, then what they are and what they leave out', async () => {
    const advisories = async () => (await get<Label>(`/v1/images/${image.digest}/label`)).body.advisories;
    expect(await advisories()).toBeNull();
    const feed = (id: string, ecosystem: string, newest: string, records: number) =>
      bench.store.asSystem((tx) =>
        tx.query({
          name: 'test.feed',
          text: `insert into content.feeds (id, ecosystem, place, newest, records, ecosystems)
            values ($1, $2, 'here', $3, $4, $5)`,
          values: [id, ecosystem, newest, records, [ecosystem]],
        }),
      );
    await feed('PyPI', 'PyPI', '2026-05-05T00:00:00Z', 7);
    expect(await advisories()).toMatchObject({
      snapshot: '2026-05-05T00:00:00Z',
      records: 0,
      unmatched: [{ packages: 3, reason: expect.stringContaining('no npm') }],
    });
    await feed('npm', 'npm', '2026-03-03T00:00:00Z', 12);
    expect(await advisories()).toEqual({ snapshot: '2026-03-03T00:00:00Z', records: 12, unmatched: [] });
  });

  test('of an index is that of the platform asked for', async () => {
    const label = (platform: string) => tenant.call('GET', `/v1/images/${index.digest}/label?platform=${platform}`);
    expect((await label('linux/amd64')).body).toMatchObject({ image: { digest: image.digest } });
    const { status, body } = await label('linux/s390x');
    expect([status, body['code']]).toEqual([404, 'platform_not_found']);
    expect(body['detail']).toContain('linux/amd64');
  });
});

describe('findings', () => {
  interface FindingItem {
    readonly id: string;
    readonly since: string;
    readonly until: string | null;
  }

  const idsAt = async (asOf: string) =>
    (await get<Items<FindingItem>>(`/v1/images/${image.digest}/findings?asOf=${asOf}`)).body.items.map(({ id }) => id);

  test('are those that hold now', async () => {
    const { body } = await get<Items<FindingItem>>(`/v1/images/${image.digest}/findings`);
    expect(body.items).toMatchObject([{ id: 'CVE-2026-0002', since: '2026-02-01T00:00:00Z', until: null }]);
  });

  test('as of an instant are those that held then: from their first instant on, and not at their last', async () => {
    expect(await idsAt('2025-12-31T23:59:59Z')).toEqual([]);
    expect(await idsAt('2026-01-01T00:00:00Z')).toEqual(['CVE-2026-0001']);
    expect(await idsAt('2026-01-31T23:59:59.999Z')).toEqual(['CVE-2026-0001']);
    expect(await idsAt('2026-02-01T00:00:00Z')).toEqual(['CVE-2026-0002']);
    expect(await idsAt('2026-02-01T01:00:00%2B02:00')).toEqual(['CVE-2026-0001']);
  });

  test('come in pages that neither miss nor repeat one', async () => {
    const { purl } = packages[1] ?? leftPad;
    for (let count = 0; count < 5; count += 1) {
      await addFinding(bench.store, {
        purl,
        finding: sampleFinding(`CVE-2026-100${count}`),
        since: '2026-03-01T00:00:00Z',
      });
    }
    const all = (await get<Items<FindingItem>>(`/v1/images/${image.digest}/findings`)).body.items;
    const paged: FindingItem[] = [];
    let next: string | null = '';
    for (let pages = 0; next !== null && pages < 10; pages += 1) {
      const after: string = next === '' ? '' : `&after=${next}`;
      const { body } = await get<Items<FindingItem>>(`/v1/images/${image.digest}/findings?limit=2${after}`);
      paged.push(...body.items);
      ({ next } = body);
    }
    expect(paged).toEqual(all);
    expect(all).toHaveLength(6);
  });
});

describe('an image', () => {
  test('is seen by its digest, and an index with its images', async () => {
    const { body } = await get(`/v1/images/${index.digest}`);
    expect(body).toMatchObject({
      kind: 'index',
      ...index,
      tags: ['registry.example.test:5000/team/app:multi'],
      images: [{ digest: image.digest, platform: 'linux/amd64', packages: 3, findings: { critical: 0 } }],
    });
    expect((await get(`/v1/images/${image.digest}`)).body).toMatchObject({ kind: 'image', tags: [] });
  });

  test('has packages and layers as its label has them, in pages', async () => {
    const label = (await get<Label>(`/v1/images/${image.digest}/label`)).body;
    const first = (await get<Items<unknown>>(`/v1/images/${image.digest}/packages?limit=2`)).body;
    const second = (await get<Items<unknown>>(`/v1/images/${index.digest}/packages?limit=2&after=${first.next}`)).body;
    expect([...first.items, ...second.items]).toEqual(label.packages);
    expect(second.next).toBeNull();
    const layers = (await get<Items<unknown>>(`/v1/images/${image.digest}/layers`)).body;
    expect(layers).toEqual({ items: label.layers, next: null });
  });

  test('is found by what is known against it, by any name of it, and by a package', async () => {
    const found = { digest: image.digest, package: leftPad.purl, tags: ['registry.example.test:5000/team/app:multi'] };
    for (const name of ['CVE-2026-0002', 'GHSA-CVE-2026-0002']) {
      const { body } = await get<Items<unknown>>(`/v1/vulnerabilities/${name}/images`);
      expect(body.items).toMatchObject([{ ...found, severity: 'high', fixedIn: '9.9.9' }]);
    }
    const over = await get<Items<unknown>>('/v1/vulnerabilities/CVE-2026-0001/images');
    expect(over.body.items).toEqual([]);
    const { body } = await get<Items<unknown>>(`/v1/packages?purl=${encodeURIComponent(leftPad.purl)}`);
    expect(body.items).toMatchObject([found]);
  });
});

describe('the profile of a repository', () => {
  test('tells its tags, what they are now, and the last scan', async () => {
    const { repositoryId } = repository;
    const { body: asked } = await tenant.call<{ id: string }>('POST', '/v1/scans', {
      body: { repository: repositoryId, tag: 'multi' },
    });
    const { body } = await get(`/v1/repositories/${repositoryId}`);
    expect(body).toMatchObject({
      reference: 'registry.example.test:5000/team/app',
      scanning: true,
      tags: 1,
      newestTag: {
        name: 'multi',
        digest: index.digest,
        kind: 'index',
        images: [{ findings: { high: expect.any(Number) } }],
      },
      lastScan: { id: asked.id, state: 'waiting' },
    });
    const { body: tags } = await get<Items<unknown>>(`/v1/repositories/${repositoryId}/tags`);
    expect(tags.items).toMatchObject([{ name: 'multi', lastScan: { id: asked.id } }]);
    const { body: held } = await get<Items<{ digest: string }>>(`/v1/repositories/${repositoryId}/images`);
    expect(held.items.map(({ digest }) => digest).sort()).toEqual([image.digest, index.digest].sort());
  });
});
