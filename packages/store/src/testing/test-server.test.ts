import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findOwner } from '../embedded/directory-lock.ts';
import { isRunning } from '../embedded/processes.ts';
import { Bench, query, serverPid, startAttached } from './embedded-samples.ts';
import { embeddedServer } from './test-server.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench.end());

test('files that ask at once get one server, which outlives its keeper and ends after its last user', async () => {
  const directory = bench.path();
  const users = await Promise.all([1, 2, 3].map(() => startAttached(directory)));
  const urls = new Set(users.map(({ url }) => url));
  expect(urls.size).toBe(1);
  const [url = ''] = urls;
  const pid = await serverPid(url);

  const first = await findOwner(directory);
  process.kill(first?.pid ?? 0, 'SIGKILL');
  await expect.poll(() => isRunning(first?.pid ?? 0)).toBe(false);
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  const late = await startAttached(directory);
  expect(late.url).toBe(url);
  expect((await findOwner(directory))?.pid).not.toBe(first?.pid);

  for (const user of [...users, late]) await user.kill();
  await expect.poll(() => isRunning(pid), { timeout: 15_000, interval: 50 }).toBe(false);
  await expect.poll(() => findOwner(directory)).toBeNull();
});

test('a folder that others may write is not used', async () => {
  const directory = join(bench.path(), 'shared');
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o777);
  await expect(embeddedServer(directory)).rejects.toMatchObject({ code: 'data_directory_unusable' });
});
