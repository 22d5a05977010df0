import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppError, digestOf, type ImageSource, parsePlatform, Secret } from '@soupcon/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CredentialSource, createTokenCache } from './auth.ts';
import { listPlatforms, openImage } from './open.ts';
import {
  type Blob,
  type BuiltImage,
  blobOf,
  blobsOf,
  buildImage,
  descriptorOf,
  indexOf,
  readAll,
  types,
  writeLayout,
} from './testing/image-builder.ts';
import {
  executablePath,
  missingPrograms,
  push,
  type RealRegistry,
  run,
  startRealRegistry,
} from './testing/real-registry.ts';
import { startTokenServer, type TokenServer } from './testing/token-server.ts';
import { clientsClosed, newClient } from './testing/tracked.ts';

const missing = missingPrograms(['docker-registry', 'skopeo', 'htpasswd', 'openssl'], executablePath());
const suite =
  missing.length === 0 ? 'a real registry' : `a real registry (not run: ${missing.join(', ')} not on the PATH)`;

const user: CredentialSource = async () => ({
  kind: 'basic',
  id: 'ann',
  username: 'ann',
  password: new Secret('pass word'),
});
const wrongUser: CredentialSource = async () => ({
  kind: 'basic',
  id: 'bob',
  username: 'ann',
  password: new Secret('wrong'),
});

describe.skipIf(missing.length > 0)(suite, () => {
  let directory: string;
  let open: RealRegistry;
  let basic: RealRegistry;
  let token: RealRegistry;
  let tokens: TokenServer;
  let amd64: BuiltImage;
  let arm64: BuiltImage;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'soupcon-registry-'));
    amd64 = await buildImage({ layers: [{ a: randomBytes(2_000_000) }, { b: 'B' }] });
    arm64 = await buildImage({
      layers: [{ a: 'A64' }],
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    });
    const { stdout } = await run('htpasswd', ['-nbB', 'ann', 'pass word']);
    await writeFile(join(directory, 'htpasswd'), stdout);
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=test',
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    tokens = await startTokenServer(await readFile(key, 'utf8'), await readFile(cert, 'utf8'), 'ann:pass word');
    open = await startRealRegistry(directory);
    basic = await startRealRegistry(directory, {
      sections: `auth: { htpasswd: { realm: test, path: '${join(directory, 'htpasswd')}' } }`,
    });
    const tokenAuth = `{ realm: '${tokens.realm}', service: fake, issuer: test, rootcertbundle: '${cert}' }`;
    token = await startRealRegistry(directory, { sections: `auth: { token: ${tokenAuth} }` });

    const single = join(directory, 'single');
    await writeLayout(single, blobsOf(amd64), [descriptorOf(amd64.manifest)]);
    await push(single, `${open.host}/team/single:1`);
    for (const registry of [basic, token])
      await push(single, `${registry.host}/team/single:1`, ['--dest-creds', 'ann:pass word']);
    const many = join(directory, 'many');
    const index = indexOf([
      descriptorOf(arm64.manifest, { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
      descriptorOf(amd64.manifest, { platform: { os: 'linux', architecture: 'amd64' } }),
    ]);
    await writeLayout(many, [index, ...blobsOf(amd64, arm64)], [descriptorOf(index)]);
    await push(many, `${open.host}/team/many:1`, ['--all']);
  });

  afterAll(async () => {
    await clientsClosed();
    for (const registry of [open, basic, token]) await registry?.stop();
    await tokens?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  const pull = (text: string, credentials: CredentialSource | null = null, platform: string | null = null) =>
    openImage(text, {
      client: newClient(credentials === null ? {} : { credentials }).client,
      hostArchitecture: 'amd64',
      platform: platform === null ? null : parsePlatform(platform),
    });
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no error',
      (error: AppError) => error.code,
    );

  async function layerDigests(source: ImageSource): Promise<string[]> {
    const digests: string[] = [];
    for (const { index } of source.image.layers) {
      const content = source.layer(index);
      if (content.kind !== 'stream') return [content.kind];
      digests.push(digestOf(await readAll(await content.open(new AbortController().signal))));
    }
    return digests;
  }

  /** Pushes content as it is, which skopeo would not. */
  async function putRaw(repository: string, tag: string, manifest: Blob, blobs: readonly Blob[]): Promise<void> {
    for (const { digest, bytes } of blobs) {
      const start = await fetch(`http://${open.host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
      const to = new URL(start.headers.get('location') ?? '', `http://${open.host}`);
      to.searchParams.set('digest', digest);
      await fetch(to, {
        method: 'PUT',
        body: Buffer.from(bytes),
        headers: { 'content-type': 'application/octet-stream' },
      });
    }
    const put = await fetch(`http://${open.host}/v2/${repository}/manifests/${tag}`, {
      method: 'PUT',
      body: Buffer.from(manifest.bytes),
      headers: { 'content-type': manifest.mediaType },
    });
    expect(put.status).toBe(201);
  }

  test('a single image is pulled by tag and by digest, every byte as it was pushed', async () => {
    const source = await pull(`${open.host}/team/single:1`);
    expect(source.image).toMatchObject({
      digest: amd64.manifest.digest,
      platform: { os: 'linux', architecture: 'amd64' },
      problems: [],
    });
    expect(await layerDigests(source)).toEqual(amd64.layers.map(({ digest }) => digest));
    expect((await pull(`${open.host}/team/single@${amd64.manifest.digest}`)).image.digest).toBe(amd64.manifest.digest);
    const head = await newClient().client.headManifest({ registry: open.host, repository: 'team/single' }, '1');
    expect(head).toEqual({ digest: amd64.manifest.digest, mediaType: types.manifest });
  });

  test('of an index the platform is chosen, and all are listed', async () => {
    expect((await pull(`${open.host}/team/many:1`)).image.digest).toBe(amd64.manifest.digest);
    const arm = await pull(`${open.host}/team/many:1`, null, 'linux/arm64');
    expect([arm.image.digest, await layerDigests(arm)]).toEqual([
      arm64.manifest.digest,
      arm64.layers.map(({ digest }) => digest),
    ]);
    expect(await codeOf(pull(`${open.host}/team/many:1`, null, 'linux/s390x'))).toBe('platform_not_found');
    const client = { client: newClient().client, hostArchitecture: 'amd64' };
    expect(await listPlatforms(`${open.host}/team/many:1`, client)).toHaveLength(2);
  });

  test('what is not there is said so', async () => {
    expect(await codeOf(pull(`${open.host}/team/single:none`))).toBe('image_not_found');
    expect(await codeOf(pull(`${open.host}/team/none:1`))).toBe('image_not_found');
    expect(await codeOf(pull(`${open.host}/team/single@sha256:${'0'.repeat(64)}`))).toBe('image_not_found');
  });

  test('artifacts that are no images are named', async () => {
    const chart = await buildImage({ layers: [{ a: 'A' }], configType: 'application/vnd.cncf.helm.config.v1+json' });
    await putRaw('team/chart', '1', chart.manifest, [chart.config, ...chart.layers]);
    await expect(pull(`${open.host}/team/chart:1`)).rejects.toMatchObject({
      code: 'manifest_unsupported',
      subject: expect.stringContaining('a Helm chart'),
    });
    const signature = await buildImage({
      layers: [{ a: 'A' }],
      layerType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    });
    await putRaw('team/single', 'sha256-0.sig', signature.manifest, [signature.config, ...signature.layers]);
    await expect(pull(`${open.host}/team/single:sha256-0.sig`)).rejects.toMatchObject({
      subject: expect.stringContaining('a cosign signature'),
    });
  });

  test('a nested index is followed', async () => {
    const [one] = [indexOf([descriptorOf(amd64.manifest, { platform: { os: 'linux', architecture: 'amd64' } })])];
    const two = indexOf([descriptorOf(one)]);
    await putRaw('team/many', 'inner', one, []);
    await putRaw('team/many', 'outer', two, []);
    expect((await pull(`${open.host}/team/many:outer`)).image.digest).toBe(amd64.manifest.digest);
  });

  test('a size that the manifest lies about is found out', async () => {
    const [layer] = arm64.layers;
    const lie = blobOf(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: descriptorOf(arm64.config),
      layers: [{ ...descriptorOf(layer ?? arm64.config), size: 7 }],
    });
    await putRaw('team/many', 'lie', lie, []);
    expect(await codeOf(pull(`${open.host}/team/many:lie`).then(layerDigests))).toBe('blob_size_mismatch');
  });

  test('tags are listed', async () => {
    for (const tag of ['a', 'b', 'c']) await putRaw('team/tags', tag, arm64.manifest, [arm64.config, ...arm64.layers]);
    const { tags, complete } = await newClient().client.listTags({ registry: open.host, repository: 'team/tags' });
    expect([tags.toSorted(), complete]).toEqual([['a', 'b', 'c'], true]); // This registry does not sort them.
  });

  test('a password of htpasswd opens, a wrong one and none do not', async () => {
    expect(await layerDigests(await pull(`${basic.host}/team/single:1`, user))).toEqual(
      amd64.layers.map(({ digest }) => digest),
    );
    expect(await codeOf(pull(`${basic.host}/team/single:1`, wrongUser))).toBe('access_denied');
    expect(await codeOf(pull(`${basic.host}/team/single:1`))).toBe('access_denied');
  });

  test('a token opens and is used again; without the right to pull it is a denial', async () => {
    tokens.tokens = 0;
    expect(await layerDigests(await pull(`${token.host}/team/single:1`, user))).toEqual(
      amd64.layers.map(({ digest }) => digest),
    );
    expect(tokens.tokens).toBe(1);
    expect(await codeOf(pull(`${token.host}/team/single:1`, wrongUser))).toBe('access_denied');
    expect(await codeOf(pull(`${token.host}/team/single:1`))).toBe('access_denied');
  });

  /** Puts an image there with our own client, and takes it from there again. */
  async function pushedAndPulled(host: string, credentials: CredentialSource | null, repository: string) {
    const { client } = newClient(credentials === null ? {} : { credentials });
    const to = { registry: host, repository };
    for (const { digest, size, bytes } of [amd64.config, ...amd64.layers]) {
      const open = async function* () {
        for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
      };
      await client.pushBlob(to, { digest, size, open });
    }
    expect(await client.pushManifest(to, '1', amd64.manifest)).toBe(amd64.manifest.digest);
    expect(await layerDigests(await pull(`${host}/${repository}:1`, credentials))).toEqual(
      amd64.layers.map(({ digest }) => digest),
    );
  }

  test('an image that we push is the image that is pulled, open, with a password and with a token', async () => {
    await pushedAndPulled(open.host, null, 'pushed/open');
    await pushedAndPulled(basic.host, user, 'pushed/basic');
    tokens.tokens = 0;
    await pushedAndPulled(token.host, user, 'pushed/token');
    expect(tokens.tokens).toBe(2); // One to push, one of the second client to pull.
  });

  test('a layer that another repository has is mounted, and one that is there is not sent', async () => {
    const [{ digest, size } = amd64.config] = amd64.layers;
    const blob = { digest, size, open: () => expect.unreachable() };
    const to = { registry: open.host, repository: 'pushed/mounted' };
    const { client } = newClient();
    expect(await client.pushBlob(to, blob, { from: 'team/single' })).toBe('mounted');
    expect(await client.pushBlob(to, blob)).toBe('present');
  });

  test('a push without the right to is a denial, and bytes of another digest are not kept', async () => {
    const blob = { ...arm64.config, open: () => [Buffer.alloc(arm64.config.size)] as never };
    const to = (registry: string) => ({ registry, repository: 'pushed/denied' });
    for (const registry of [basic.host, token.host]) {
      const { client } = newClient({ credentials: wrongUser });
      expect(await codeOf(client.pushBlob(to(registry), blob))).toBe('access_denied');
    }
    const { client } = newClient();
    expect(await codeOf(client.pushBlob(to(open.host), blob))).toBe('blob_digest_mismatch');
    expect(await client.hasBlob(to(open.host), arm64.config.digest)).toBe(false);
    expect(await codeOf(client.pushManifest(to(open.host), '1', arm64.manifest))).toBe('push_refused');
  });

  test('a token that the registry no longer honours is replaced in the middle of a pull', async () => {
    tokens.tokens = 0;
    tokens.lifetime = -120; // Beyond the minute of leeway that the registry gives.
    const shared = createTokenCache();
    const options = { client: newClient({ credentials: user, tokens: shared }).client, hostArchitecture: 'amd64' };
    expect(await codeOf(openImage(`${token.host}/team/single:1`, options))).toBe('access_denied');
    expect(tokens.tokens).toBe(1);
    tokens.lifetime = 300;
    const source = await openImage(`${token.host}/team/single:1`, options);
    expect(await layerDigests(source)).toEqual(amd64.layers.map(({ digest }) => digest));
    expect(tokens.tokens).toBe(2);
  });
});
