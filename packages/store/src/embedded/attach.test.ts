import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench, query, serverPid } from '../testing/embedded-samples.ts';
import { isRunning } from './processes.ts';

let bench: Bench;
let made: string;

beforeAll(async () => {
  bench = await Bench.open();
  made = bench.path();
  await (await bench.start(made)).stop();
});
afterAll(() => bench.end());

test('a second start on the same directory is refused, naming the directory and the process', async () => {
  const directory = made;
  const elsewhere = await bench.startElsewhere(directory);
  await expect(bench.start(directory)).rejects.toMatchObject({
    code: 'embedded_busy',
    subject: `${directory}, by process ${elsewhere.pid}`,
  });
  expect(await query(elsewhere.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await elsewhere.stop();
  await (await bench.start(directory)).stop();
});

test('a command attaches to the server of its directory, and leaves it running', async () => {
  const directory = made;
  const elsewhere = await bench.startElsewhere(directory);
  for (const attach of ['if-running', 'only'] as const) {
    const guest = await bench.start(directory, { attach });
    expect(guest).toMatchObject({ attached: true, url: elsewhere.url });
    await guest.stop();
  }
  expect(await query(elsewhere.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await elsewhere.stop();
});

test('where no server runs, one starts it or says so', async () => {
  const directory = made;
  for (const path of [directory, bench.path()])
    await expect(bench.start(path, { attach: 'only' })).rejects.toMatchObject({ code: 'embedded_not_running' });
  const postgres = await bench.start(directory, { attach: 'if-running' });
  expect(postgres.attached).toBe(false);
  await postgres.stop();
});

test('a server that others use keeps running when its owner stops, and the last of them stops it', async () => {
  const directory = made;
  const owner = await bench.start(directory);
  const guest = await bench.startElsewhere(directory, { attach: 'if-running' });
  const pid = await serverPid(guest.url);
  await owner.stop();
  expect(await query(guest.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await guest.stop();
  expect(isRunning(pid)).toBe(false);
});

test('a guest that was killed keeps no server running', async () => {
  const directory = made;
  const owner = await bench.start(directory);
  const guest = await bench.startElsewhere(directory, { attach: 'only' });
  const pid = await serverPid(owner.url);
  await guest.kill();
  await owner.stop();
  expect(isRunning(pid)).toBe(false);
});

test('of several processes that start at once in a new directory one makes the cluster and all use it', async () => {
  const directory = bench.path();
  const all = await Promise.all([1, 2, 3, 4].map(() => bench.startElsewhere(directory, { attach: 'if-running' })));
  expect(all.map(({ error }) => error)).toEqual([null, null, null, null]);
  expect(all.filter(({ attached }) => !attached)).toHaveLength(1);
  expect(new Set(all.map(({ url }) => url)).size).toBe(1);
  const pid = await serverPid(all[0]?.url ?? '');
  await Promise.all(all.map((one) => one.stop()));
  expect(isRunning(pid)).toBe(false);
});

test('one that attaches while the owner stops gets a server all the same', async () => {
  const directory = made;
  const owner = await bench.start(directory);
  const [next] = await Promise.all([bench.start(directory, { attach: 'if-running' }), owner.stop()]);
  expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await next.stop();
});
