import { type Binaries, findBinaries } from './binaries.ts';
import { freePort } from './ports.ts';

/** What a start needs to know of the machine; tests give others. */
export interface Host {
  readonly isRoot: boolean;
  /** The program of util-linux, by name or path. */
  readonly unshare: string;
  /** Where root keeps what another user has to reach, when the checkout or the data directory lies out of its reach. */
  readonly place: string;
  findBinaries(): Promise<Binaries>;
  freePort(): Promise<number>;
}

export const thisHost: Host = {
  isRoot: process.getuid?.() === 0,
  unshare: 'unshare',
  place: '/var/lib/soupcon',
  findBinaries: () => findBinaries(),
  freePort,
};
