import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';

/**
 * As whom the programs of Postgres run; they refuse root.
 * - `direct`: as this process's user.
 * - `namespace`: as root, but in a user namespace where root is called nobody. It reaches what root reaches (code and
 *   data below /root), and files stay root's.
 * - `user`: as another user, which this process as root can become.
 */
export type Way =
  | { readonly kind: 'direct' }
  | { readonly kind: 'namespace'; readonly program: string }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number };

export interface Runner {
  readonly way: Way;
  readonly binaries: Binaries;
  /** Where the dynamic loader has to look, too. */
  readonly libraries: readonly string[];
}

/** The user and group called nobody and nogroup: numbers, because not every image has a name for them. */
export const nobody = { uid: 65534, gid: 65534 };

const searchPath = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Nothing of this process's environment: `PGDATA`, `PGPORT` or a locale in it would change what runs. */
function environment(libraries: readonly string[]): NodeJS.ProcessEnv {
  const loader = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return {
    PATH: searchPath,
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(libraries.length === 0 ? {} : { [loader]: libraries.join(':') }),
  };
}

/** Starts one of Postgres's programs, in a session of its own: a Ctrl-C of the terminal is for us to pass on. */
export function launch(
  runner: Runner,
  program: 'postgres' | 'initdb',
  args: readonly string[],
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  return launchAny(runner, join(runner.binaries.folder, 'bin', program), args, stdio);
}

/** Starts any program in the same way. Its process is the one started: `unshare` becomes it. */
export function launchAny(
  { way, libraries }: Runner,
  file: string,
  args: readonly string[],
  stdio: SpawnOptions['stdio'],
): ChildProcess {
  const options: SpawnOptions = { cwd: '/', env: environment(libraries), detached: true, stdio };
  if (way.kind === 'direct') return spawn(file, args, options);
  if (way.kind === 'user') return spawn(file, args, { ...options, uid: way.uid, gid: way.gid });
  const inside = [`--map-user=${nobody.uid}`, `--map-group=${nobody.gid}`, '--', file, ...args];
  return spawn(way.program, inside, options);
}
