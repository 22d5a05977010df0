import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, report, root } from './figures.ts';

/**
 * Measures a scan of one OCI layout as a whole process against `gzip -dc` of its layers, and against a peer when one is
 * given, in turns, so that a machine that is noisy is noisy for all. Medians; figures are ratios.
 *
 *     node test/dist/bench/scan.js --image DIR [--peer TRIVY [--peer-cache DIR]] [--runs 5]
 *
 * The peer starts with a fresh cache each time: a copy of the one given, or an empty one.
 */
const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    peer: { type: 'string' },
    'peer-cache': { type: 'string' },
    runs: { type: 'string', default: '5' },
  },
});
if (values.image === undefined) {
  process.stderr.write('rows 1 to 3 not measured: no image; test/bench/make-image.sh DIR makes one\n');
  process.exit(0);
}
const image = values.image;
const runs = Number(values.runs);
const scratch = mkdtempSync(join(tmpdir(), 'soupcon-bench-'));

interface Figures {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMiB: number;
}

/** Runs a command under the shell's own clock; peak memory is the largest seen of the process, from /proc. */
async function measure(command: readonly string[]): Promise<Figures> {
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1', 'bash', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let peakKiB = 0;
  const poll = setInterval(() => {
    peakKiB = Math.max(peakKiB, peakOf(child));
  }, 10);
  const text = await new Promise<string>((resolve, reject) => {
    let all = '';
    child.stderr.on('data', (piece) => {
      all += piece;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(all) : reject(new TypeError(`${command.join(' ')} ended with ${code}`)),
    );
  }).finally(() => clearInterval(poll));
  const [wallS = 0, userS = 0, systemS = 0] = text.trim().split(/\s+/).map(Number);
  return { wallS, cpuS: userS + systemS, peakMiB: peakKiB / 1024 };
}

function peakOf({ pid }: ChildProcess): number {
  try {
    const [inner = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${inner}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // It has ended, or has not begun.
  }
}

function layersOf(layout: string): string[] {
  const blob = (digest: string) => join(layout, 'blobs', digest.replace(':', '/'));
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const [{ digest }] = read(join(layout, 'index.json')).manifests;
  return read(blob(digest)).layers.map((layer: { digest: string }) => blob(layer.digest));
}

const ours = [process.execPath, join(root, 'apps/cli/bin/soupcon.js'), 'scan', `oci:${image}`, '--format', 'json'];
const gzip = ['gzip', '-dc', ...layersOf(image)];
const peer = (cache: string) => [
  values.peer ?? '',
  ...['--quiet', '--cache-dir', cache, 'image', '--input', image, '--format', 'cyclonedx'],
  ...['--offline-scan', '--skip-db-update', '--skip-java-db-update'],
];

function freshCache(run: number): string {
  const cache = join(scratch, `cache-${run}`);
  if (values['peer-cache'] === undefined) mkdirSync(cache);
  else cpSync(values['peer-cache'], cache, { recursive: true });
  return cache;
}

const figures: { ours: Figures; gzip: Figures; peer: Figures | null }[] = [];
try {
  await measure(ours); // Warms the file cache.
  for (let run = 0; run < runs; run += 1) {
    figures.push({
      ours: await measure(ours),
      gzip: await measure(gzip),
      peer: values.peer === undefined ? null : await measure(peer(freshCache(run))),
    });
  }
} finally {
  rmSync(scratch, { recursive: true });
}

const ratio = (key: 'wallS' | 'cpuS', against: 'gzip' | 'peer') =>
  median(figures.map((each) => each.ours[key] / (each[against]?.[key] ?? Number.NaN)));
report(
  [
    { row: 1, what: 'scan, wall against the peer', budget: '<= 0.45', today: ratio('wallS', 'peer') },
    { row: 1, what: 'scan, CPU against the peer', budget: '<= 0.45', today: ratio('cpuS', 'peer') },
    { row: 2, what: 'scan, CPU against gzip -dc', budget: '<= 0.75', today: ratio('cpuS', 'gzip') },
    {
      row: 3,
      what: 'peak memory of the scan, MiB',
      budget: '<= 192',
      today: median(figures.map(({ ours: { peakMiB } }) => peakMiB)),
    },
  ].filter(({ today }) => Number.isFinite(today)),
  { image, runs, measured: figures },
);
