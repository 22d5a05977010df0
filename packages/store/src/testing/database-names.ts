import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { processStart } from '../embedded/processes.ts';

/** Runs on machines that share a server cannot look for each other's processes, so theirs are kept for a day. */
const foreignHoursMax = 24;

/** A name that says which process uses the database, and since when: up to 63 letters, digits and underscores. */
export function newName(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(36);
  return ['soupcon_test', host(), process.pid, startOf(process.pid), seconds, randomBytes(4).toString('hex')].join('_');
}

/** Whether the process that used it is gone. */
export function isLeftOver(name: string, now = Date.now()): boolean {
  const [, itsHost, pid, start, seconds = ''] =
    /^soupcon_test_([0-9a-f]+)_(\d+)_([0-9a-f]+)_([0-9a-z]+)_[0-9a-f]+$/.exec(name) ?? [];
  if (itsHost === undefined) return false;
  if (itsHost === host()) return startOf(Number(pid)) !== start;
  return now / 1000 - Number.parseInt(seconds, 36) > foreignHoursMax * 3600;
}

function host(): string {
  return short(hostname());
}

function startOf(pid: number): string | null {
  const start = processStart(pid);
  return start === null ? null : short(start);
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
