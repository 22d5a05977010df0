import { join } from 'node:path';
import { AppError, type Logger } from '@soupcon/model';
import type { Binaries } from './binaries.ts';
import type { Host } from './host.ts';
import { linkLibraries } from './library-links.ts';
import { copyBinaries, placeOf } from './places.ts';
import { collect } from './run.ts';
import { launchAny, nobody, type Runner, type Way } from './runner.ts';

interface Wanted {
  readonly host: Host;
  readonly binaries: Binaries;
  /** The data directory. */
  readonly directory: string;
  /** The folder of an existing cluster; null when there is none yet. */
  readonly clusterHome: string | null;
  /** Of the existing cluster, else of the data directory. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly logger: Logger;
}

export interface Chosen {
  readonly runner: Runner;
  /** The folder where the cluster lies or has to be made: the data directory, or a place that the user can reach. */
  readonly home: string;
}

type Probe = 'ok' | 'directory' | { readonly said: string };

const probeTimeoutMs = 15_000;

/**
 * As whom to run. What an ordinary user owns runs as that user; what root owns in a user namespace where the system
 * allows it, else as nobody.
 * @throws {AppError} `embedded_unavailable` when the programs run in no way.
 */
export async function chooseRunner(wanted: Wanted): Promise<Chosen> {
  const { host, binaries, directory, clusterHome, owner, logger } = wanted;
  const home = clusterHome ?? directory;
  const libraries = await linkLibraries(binaries, join(directory, 'postgres-lib'));
  const runner = (way: Way): Runner => ({ way, binaries, libraries });
  if (!host.isRoot) return { runner: runner({ kind: 'direct' }), home };
  if (owner.uid === 0) {
    const inside = runner({ kind: 'namespace', program: host.unshare });
    const answer = await probe(inside, home);
    if (answer === 'ok') return chosen({ runner: inside, home }, logger);
    logger.debug({ answer }, 'postgres namespace refused');
  }
  const user = owner.uid === 0 ? nobody : owner;
  return chosen(await asUser(wanted, runner({ kind: 'user', uid: user.uid, gid: user.gid }), home), logger);
}

function chosen(choice: Chosen, logger: Logger): Chosen {
  const { way, binaries } = choice.runner;
  logger.info(
    { way: way.kind, ...(way.kind === 'user' ? { uid: way.uid } : {}), home: choice.home, binaries: binaries.folder },
    'postgres user',
  );
  return choice;
}

/** Brings programs and cluster to where the user can reach them, as far as it cannot. */
async function asUser(
  { host, directory, clusterHome, logger }: Wanted,
  first: Runner,
  firstHome: string,
): Promise<Chosen> {
  let [runner, home] = [first, firstHome];
  let answer = await probe(runner, home);
  if (answer === 'directory') {
    const { uid } = first.way as Extract<Way, { kind: 'user' }>;
    if (clusterHome !== null)
      throw new AppError('data_directory_unusable', {
        subject: `${clusterHome}: user ${uid}, as whom Postgres runs, cannot reach it`,
      });
    home = await placeOf(host.place, directory);
    logger.warn({ directory, home, uid }, 'postgres elsewhere');
    answer = await probe(runner, home);
  }
  if (answer !== 'ok') {
    runner = { ...runner, binaries: await copyBinaries(host.place, runner.binaries), libraries: [] };
    answer = await probe(runner, home);
  }
  if (answer === 'ok') return { runner, home };
  const subject = answer === 'directory' ? `${home} cannot be reached` : answer.said;
  throw new AppError('embedded_unavailable', { subject, detail: { binaries: runner.binaries.folder } });
}

/** Whether it can be run in this way, and reaches the directory. */
async function probe(runner: Runner, home: string): Promise<Probe> {
  const script = 'cd "$1" || exit 91; exec "$2" -V';
  const args = ['-c', script, 'sh', home, join(runner.binaries.folder, 'bin', 'postgres')];
  try {
    const child = launchAny(runner, '/bin/sh', args, ['ignore', 'pipe', 'pipe']);
    const { code, output } = await collect(child, probeTimeoutMs);
    if (code === 0) return 'ok';
    return code === 91 ? 'directory' : { said: output };
  } catch (error) {
    return { said: error instanceof Error ? error.message : String(error) };
  }
}
