import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStart } from './processes.ts';

/**
 * Who uses a data directory. Each process has an entry of its own in `DIR/postgres.lock`, named by its number and start,
 * so that an entry of a dead process can be removed by anybody at any time: no name is used twice. Of two that want to
 * own the directory at once, the one that wrote its entry second sees the other's; both may, then both try again.
 * Processes are looked up on this machine: a directory that two machines share is not protected.
 */
export interface Ownership {
  /** From here on nobody attaches any more. */
  announceStop(): Promise<void>;
  release(): Promise<void>;
}

/** `stopping`: wait until it is gone. */
export type OwnerState = 'claiming' | 'held' | 'stopping';

export interface Owner {
  readonly pid: number;
  readonly state: OwnerState;
}

type Claim = { readonly ownership: Ownership } | { readonly owner: Owner };

/** One that claims takes a few milliseconds for it; one that takes this long is stuck, and has it. */
const stuckMs = 5_000;

/** Becomes the owner, or says who is. */
export async function claimOwnership(directory: string, tieMsMax = stuckMs): Promise<Claim> {
  const folder = lockFolder(directory);
  await mkdir(folder, { recursive: true });
  const deadline = performance.now() + tieMsMax;
  for (;;) {
    const entry = join(folder, entryName('owner'));
    await writeFile(entry, 'claiming', { flag: 'wx' });
    const others = await owners(directory, entry);
    if (others.length === 0) {
      await writeFile(entry, 'held');
      return {
        ownership: { announceStop: () => writeFile(entry, 'stopping'), release: () => rm(entry, { force: true }) },
      };
    }
    await rm(entry, { force: true });
    const owner = others.find(({ state }) => state !== 'claiming') ?? others[0];
    if (owner !== undefined && (owner.state !== 'claiming' || performance.now() > deadline)) return { owner };
    await sleep(1 + Math.random() * 15); // Both asked at once: the one that wakes first gets it.
  }
}

/** The process that owns the directory, or is about to; null when there is none. */
export async function findOwner(directory: string): Promise<Owner | null> {
  return (
    (await owners(directory, null)).sort(
      (a, b) => Number(b.state !== 'claiming') - Number(a.state !== 'claiming'),
    )[0] ?? null
  );
}

/** Says that this process uses the server that another one owns, so that it is not stopped. */
export async function registerGuest(directory: string): Promise<{ leave(): Promise<void> }> {
  const entry = join(lockFolder(directory), entryName('guest'));
  await mkdir(lockFolder(directory), { recursive: true });
  await writeFile(entry, '', { flag: 'wx' });
  return { leave: () => rm(entry, { force: true }) };
}

/** How many uses of the server there are beside the owner's, by processes that live. */
export async function countGuests(directory: string): Promise<number> {
  return (await liveEntries(directory, 'guest')).length;
}

async function owners(directory: string, own: string | null): Promise<Owner[]> {
  const entries = (await liveEntries(directory, 'owner')).filter(({ path }) => path !== own);
  const found = await Promise.all(entries.map(async ({ path, pid }) => ({ pid, state: await readState(path) })));
  return found.flatMap(({ pid, state }) => (state === null ? [] : [{ pid, state }]));
}

/** A file that is just being written is empty: its owner is neither in nor out, so it is asked again. */
async function readState(path: string): Promise<OwnerState | null> {
  const text = await readFile(path, 'utf8').catch(ifMissing(null));
  if (text === null) return null;
  return text === 'held' || text === 'stopping' ? text : 'claiming';
}

async function liveEntries(directory: string, kind: 'owner' | 'guest'): Promise<{ path: string; pid: number }[]> {
  const live: { path: string; pid: number }[] = [];
  for (const name of await readdir(lockFolder(directory)).catch(ifMissing([]))) {
    const [, itsKind, pid = '', start] = /^(owner|guest)_(\d+)_([A-Za-z0-9-]*)_/.exec(name) ?? [];
    if (itsKind !== kind) continue;
    const path = join(lockFolder(directory), name);
    if (processStart(Number(pid)) === start) live.push({ path, pid: Number(pid) });
    else await rm(path, { force: true });
  }
  return live;
}

function entryName(kind: 'owner' | 'guest'): string {
  return `${kind}_${process.pid}_${processStart(process.pid)}_${randomBytes(6).toString('hex')}`;
}

function lockFolder(directory: string): string {
  return join(directory, 'postgres.lock');
}

function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw error;
  };
}
