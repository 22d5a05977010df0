import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { executablePath, missingPrograms, push, startRealRegistry } from '@soupcon/registry/testing';
import { Api, firstKey, startSoupcon, until } from '../support/service.ts';
import { archive, file } from '../support/tar.ts';
import { median, report } from './figures.ts';

/**
 * In a running worker: the second scan of an image, and the scan of one that adds a layer of 1 MB, against the first scan
 * of the image, by the ledger's own times. Needs docker-registry and skopeo.
 */
const [layout, runsText = '5'] = process.argv.slice(2);
const missing = missingPrograms(['docker-registry', 'skopeo'], executablePath());
if (layout === undefined || missing.length > 0) {
  process.stderr.write(
    `row 4 not measured: ${layout === undefined ? 'no image' : `${missing.join(', ')} not on the PATH`}\n`,
  );
  process.exit(0);
}
const home = await mkdtemp(join(tmpdir(), 'soupcon-bench-worker-'));

interface Row {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

/** The layout with one layer more. */
async function withLayer(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const blob = (digest: string) => join(to, 'blobs', digest.replace(':', '/'));
  const read = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
  const put = async (bytes: Uint8Array) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    await writeFile(blob(digest), bytes);
    return { digest, size: bytes.length };
  };
  const index = await read(join(to, 'index.json'));
  const manifest = await read(blob(index.manifests[0].digest));
  const config = await read(blob(manifest.config.digest));
  const tar = archive(file('srv/data', randomBytes(1024 * 1024)));
  const layer = await put(gzipSync(tar));
  config.rootfs.diff_ids.push(`sha256:${createHash('sha256').update(tar).digest('hex')}`);
  config.history?.push({ created_by: 'COPY data /srv/data' });
  manifest.layers.push({ mediaType: manifest.layers[0].mediaType, ...layer });
  manifest.config = { ...manifest.config, ...(await put(Buffer.from(JSON.stringify(config)))) };
  index.manifests = [{ ...index.manifests[0], ...(await put(Buffer.from(JSON.stringify(manifest)))) }];
  await writeFile(join(to, 'index.json'), JSON.stringify(index));
}

async function once(more: string): Promise<{ first: number; second: number; added: number }> {
  const place = await mkdtemp(join(home, 'run-'));
  const registry = await startRealRegistry(place);
  const running = startSoupcon(['serve', '--port', '0', '--data', join(place, 'data')], {
    home: place,
    environment: { SOUPCON_LOG_LEVEL: 'error' },
  });
  try {
    const address = await until('serve', async () => /listening at (\S+?),/.exec(running.output())?.[1], {
      output: running.output,
    });
    const api = new Api(address, await firstKey(join(place, 'data')));
    const added = { provider: 'distribution', name: 'bench', host: registry.host, insecure: true };
    const { registry: connected } = await api.post<{ registry: { id: string } }>('/v1/registries', added);
    const scan = async (name: string): Promise<number> => {
      const made = await api.post<{ id: string }>('/v1/repositories', { registry: connected.id, name: 'app' });
      await api.put(`/v1/repositories/${made.id}/scanning`);
      const { id } = await api.post<Row>('/v1/scans', { repository: made.id, tag: name });
      const row = await until(
        `scan of ${name}`,
        async () => {
          const one = await api.get<Row>(`/v1/scans/${id}`);
          return one.finishedAt === null ? undefined : one;
        },
        { timeoutMs: 120_000 },
      );
      if (row.state !== 'done') throw new TypeError(JSON.stringify(row));
      return Date.parse(row.finishedAt ?? '') - Date.parse(row.startedAt);
    };
    await push(layout ?? '', `${registry.host}/app:one`);
    await push(more, `${registry.host}/app:more`);
    const first = await scan('one');
    return { first, second: await scan('one'), added: await scan('more') };
  } finally {
    await running.stop();
    await registry.stop();
    await rm(place, { recursive: true, force: true });
  }
}

try {
  const more = join(home, 'more');
  await withLayer(layout, more);
  const times = [];
  for (let run = 0; run < Number(runsText); run += 1) times.push(await once(more));
  const second = median(times.map((time) => time.second / time.first));
  const added = median(times.map((time) => time.added / time.first));
  report(
    [
      { row: 4, what: 'second scan of an image, wall, against the first', budget: '<= 0.02', today: second },
      { row: 4, what: 'an image with 1 MB more, wall, against the first', budget: '<= 0.05', today: added },
    ],
    { layout, times },
  );
} finally {
  await rm(home, { recursive: true, force: true });
}
