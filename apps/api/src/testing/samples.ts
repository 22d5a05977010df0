import { randomUUID } from 'node:crypto';
import { advisoryKeys } from '@soupcon/matcher';
import { digestOf, type Inventory, type Package, type PackageFinding, type ResolvedImage } from '@soupcon/model';
import { type Store, system } from '@soupcon/store';
import type { ApiBench, Tenant } from './api-bench.ts';

/** A repository of a tenant, with the address that its registry notifies. */
export interface SampleRepository {
  readonly registryId: string;
  readonly repositoryId: string;
  /** Path of the hook. */
  readonly hook: string;
  readonly name: string;
}

/** Made over the interface, as people do. */
export async function sampleRepository(
  { call }: Tenant,
  { name = 'team/app', scanning = true } = {},
): Promise<SampleRepository> {
  const { body: connected } = await call<{ registry: { id: string }; hook: { url: string } }>(
    'POST',
    '/v1/registries',
    {
      body: { provider: 'distribution', name: 'sample', host: 'registry.example.test:5000' },
    },
  );
  const registryId = connected.registry.id;
  const { body: added } = await call<{ id: string }>('POST', '/v1/repositories', {
    body: { registry: registryId, name },
  });
  if (scanning) await call('PUT', `/v1/repositories/${added.id}/scanning`, { body: {} });
  return { registryId, repositoryId: added.id, hook: new URL(connected.hook.url).pathname, name };
}

export function sampleDigest(text: string): string {
  return digestOf(Buffer.from(text));
}

/** One event as a distribution registry sends it; `changes` go into its target. */
export function pushEvent({ id = randomUUID(), action = 'push', ...changes }: Record<string, unknown> = {}) {
  const target = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sampleDigest(String(id)),
    repository: 'team/app',
    tag: 'latest',
    ...changes,
  };
  return { id, action, timestamp: '2026-03-09T14:44:26.402973972-08:00', target, request: { useragent: 'docker/27' } };
}

export const eventsV2 = { 'content-type': 'application/vnd.docker.distribution.events.v2+json' };

export interface SampleImage {
  readonly id: number;
  readonly digest: string;
  readonly packages: readonly Package[];
}

export function samplePackage(name: string, version: string): Package {
  return {
    purl: `pkg:npm/${name}@${version}`,
    type: 'npm',
    namespace: null,
    name,
    version,
    architecture: null,
    source: null,
    context: { distro: null },
    licenses: ['MIT'],
    locations: [{ path: `app/node_modules/${name}/package.json`, layer: 0 }],
    introducedIn: 0,
    foundBy: 'npm',
    aliases: [],
  };
}

/** Stores an image as the worker does, under a tag of the repository where one is given. */
export async function sampleImage(
  { store }: Pick<ApiBench, 'store'>,
  { organizationId, repositoryId }: { organizationId: string; repositoryId: string },
  { seed, tag = null, packages }: { seed: string; tag?: string | null; packages: readonly Package[] },
): Promise<SampleImage> {
  const digest = digestOf(Buffer.from(`manifest ${seed}`));
  const image = resolvedImage(seed);
  const inventory = inventoryOf(image, packages);
  const id = await store.asSystem(async (tx) => {
    const stored = await system.packages.savePackages(tx, packages, 1, (one) =>
      advisoryKeys(one).flatMap(({ ecosystem, names }) => names.map((name) => ({ ecosystem, name }))),
    );
    const imageId = await system.images.saveImage(
      tx,
      { image, platform: 'linux/amd64', inventory, madeBy: 'test' },
      stored,
    );
    await system.profiles.recordScanned(tx, {
      organizationId,
      repositoryId,
      tag,
      digest,
      mediaType: image.mediaType ?? '',
      images: [{ id: imageId, digest }],
      isIndex: false,
      resolvedAt: new Date().toISOString(),
    });
    return imageId;
  });
  return { id, digest, packages };
}

function resolvedImage(seed: string): ResolvedImage {
  const layer = digestOf(Buffer.from(`layer ${seed}`));
  return {
    reference: 'sample',
    digest: digestOf(Buffer.from(`manifest ${seed}`)),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platform: { os: 'linux', architecture: 'amd64' },
    created: '2026-01-02T03:04:05Z',
    size: 1234,
    config: {
      platform: { os: 'linux', architecture: 'amd64' },
      created: '2026-01-02T03:04:05Z',
      diffIds: [layer],
      history: [],
      user: null,
      env: [],
      labels: {},
    },
    layers: [
      { index: 0, digest: layer, diffId: layer, size: 1000, mediaType: 'application/vnd.oci.image.layer.v1.tar' },
    ],
    problems: [],
  };
}

function inventoryOf({ layers }: ResolvedImage, packages: readonly Package[]): Inventory {
  return {
    distro: null,
    completeness: { verdict: 'complete', executables: { files: 0, bytes: 0, explainedBytes: 0 }, reasons: [] },
    layers: layers.map(({ index, digest, diffId, size }) => ({
      index,
      digest,
      diffId,
      size,
      instruction: 'COPY . .',
      packages: packages.length,
      base: false,
    })),
    packages: [...packages].sort((a, b) => (a.purl < b.purl ? -1 : 1)),
    removed: [],
    problems: [],
  };
}

export function sampleFinding(id: string): PackageFinding {
  return {
    id,
    aliases: [`GHSA-${id}`],
    advisories: [`GHSA-${id}`],
    state: 'affected',
    fixedIn: '9.9.9',
    fixState: 'fixed',
    severity: 'high',
    ratings: [],
    kev: false,
    epss: null,
    evidence: [
      {
        advisory: `GHSA-${id}`,
        modified: '2026-01-01T00:00:00Z',
        ecosystem: 'npm',
        name: 'left-pad',
        version: '1.0.0',
        scheme: 'semver',
        range: { introduced: null, fixed: '9.9.9', lastAffected: null },
        undetermined: null,
      },
    ],
    summary: `What ${id} is.`,
  };
}

/** A finding against a package, from and until. Instants are RFC 3339. */
export async function addFinding(
  store: Store,
  {
    purl,
    finding,
    since,
    until = null,
  }: { purl: string; finding: PackageFinding; since: string; until?: string | null },
): Promise<void> {
  const names = [finding.id, ...finding.aliases];
  await store.asSystem((tx) =>
    tx.query({
      name: 'test.addFinding',
      text: `insert into content.findings (package_id, flaw, state, severity, fixed_in, names, document, since, until)
        select id, $2, $3, $4, $5, $6, $7, $8, $9 from content.packages where purl = $1`,
      values: [
        purl,
        finding.id,
        finding.state,
        finding.severity,
        finding.fixedIn,
        names,
        JSON.stringify(finding),
        since,
        until,
      ],
    }),
  );
}
