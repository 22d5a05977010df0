import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench } from '../testing/embedded-samples.ts';
import { claimOwnership, countGuests, findOwner, registerGuest } from './directory-lock.ts';
import { processStart } from './processes.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench.end());

test('of many that want to own a directory at once exactly one does, and the others learn who', async () => {
  for (let round = 0; round < 10; round++) {
    const directory = bench.path();
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimOwnership(directory)));
    expect(claims.filter((claim) => 'ownership' in claim)).toHaveLength(1);
    for (const claim of claims) if ('owner' in claim) expect(claim.owner).toEqual({ pid: process.pid, state: 'held' });
  }
});

test('who has given it back has it no more', async () => {
  const directory = bench.path();
  const first = await claimOwnership(directory);
  expect(await findOwner(directory)).toEqual({ pid: process.pid, state: 'held' });
  if ('ownership' in first) await first.ownership.announceStop();
  expect(await findOwner(directory)).toEqual({ pid: process.pid, state: 'stopping' });
  if ('ownership' in first) await first.ownership.release();
  expect(await findOwner(directory)).toBeNull();
  expect(await claimOwnership(directory)).toHaveProperty('ownership');
});

test('entries of the dead are removed, also when their number is another process’s by now', async () => {
  const directory = bench.path();
  const folder = join(directory, 'postgres.lock');
  await mkdir(folder, { recursive: true });
  const dead = ['owner_2147483646_x_1', `owner_${process.pid}_another-start_2`, 'guest_2147483646_x_3'];
  for (const name of dead) await writeFile(join(folder, name), 'held');
  expect(await countGuests(directory)).toBe(0);
  expect(await claimOwnership(directory)).toHaveProperty('ownership');
  expect((await readdir(folder)).filter((name) => dead.includes(name))).toEqual([]);
});

test('guests are counted until they leave', async () => {
  const directory = bench.path();
  const [one, two] = [await registerGuest(directory), await registerGuest(directory)];
  expect(await countGuests(directory)).toBe(2);
  await one.leave();
  expect(await countGuests(directory)).toBe(1);
  await two.leave();
  expect(await countGuests(directory)).toBe(0);
});

test('one that never finishes its claim is told of, not waited for without end', async () => {
  const directory = bench.path();
  await mkdir(join(directory, 'postgres.lock'), { recursive: true });
  const name = `owner_${process.pid}_${processStart(process.pid)}_stuck`;
  await writeFile(join(directory, 'postgres.lock', name), 'claiming');
  expect(await claimOwnership(directory, 50)).toEqual({ owner: { pid: process.pid, state: 'claiming' } });
});
