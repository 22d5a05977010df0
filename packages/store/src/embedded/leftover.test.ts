import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench, query, quick, recorder, serverPid } from '../testing/embedded-samples.ts';
import { isRunning, processArguments, processStart } from './processes.ts';

let bench: Bench;
let made: string;

beforeAll(async () => {
  bench = await Bench.open();
  made = bench.path();
  await (await bench.start(made)).stop();
});
afterAll(() => bench.end());

/** A data directory whose Node process was killed while it served. */
async function killed(): Promise<{ directory: string; pid: number; url: string }> {
  const directory = made;
  const elsewhere = await bench.startElsewhere(directory);
  expect(elsewhere.error).toBeNull();
  await query(elsewhere.url, 'create table if not exists t (n int)', 'truncate t', 'insert into t values (1)');
  const pid = await serverPid(elsewhere.url);
  await elsewhere.kill();
  expect(isRunning(pid)).toBe(true);
  return { directory, pid, url: elsewhere.url };
}

test('the server that a killed process left is adopted, and then really stopped', async () => {
  const { directory, pid, url } = await killed();
  const logger = recorder();
  const postgres = await bench.start(directory, { logger });
  expect(logger.messages).toEqual(['postgres adopted']);
  expect(postgres).toMatchObject({ url, attached: false });
  expect(await query(postgres.url, 'select n from t')).toEqual([{ n: 1 }]);
  await postgres.stop();
  expect(isRunning(pid)).toBe(false);
  await postgres.exited;
});

test('a left server with other settings is stopped and started anew', async () => {
  const { directory, pid } = await killed();
  const logger = recorder();
  const postgres = await bench.start(directory, { logger, settings: { ...quick, work_mem: '5MB' } });
  expect(logger.messages).toContain('postgres left over');
  expect(isRunning(pid)).toBe(false);
  expect(await query(postgres.url, 'show work_mem')).toEqual([{ work_mem: '5MB' }]);
  expect(await query(postgres.url, 'select n from t')).toEqual([{ n: 1 }]);
  await postgres.stop();
});

test('a server that was killed with a query under way is started again as soon as its children are gone', async () => {
  const { directory, pid, url } = await killed();
  const busy = query(url, 'select count(*) from generate_series(1, 8000000)').catch(() => []); // It may be cut off.
  await sleep(200);
  process.kill(pid, 'SIGKILL');
  const logger = recorder();
  const postgres = await bench.start(directory, { logger });
  expect(logger.messages).toContain('postgres orphans at work');
  expect(await query(postgres.url, 'select n from t')).toEqual([{ n: 1 }]);
  await postgres.stop();
  await busy;
});

/** As if the server's process number had become that of another process. */
async function withPid(pid: number): Promise<string> {
  const { directory, pid: before } = await killed();
  const path = join(directory, 'postgres', 'postmaster.pid');
  process.kill(before, 'SIGKILL');
  await expect.poll(() => isRunning(before)).toBe(false);
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, [pid, ...rest].join('\n'));
  return directory;
}

test('a process number that is another program’s by now is neither waited for nor killed', async () => {
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  const postgres = await bench.start(await withPid(other.pid ?? 0));
  expect(await query(postgres.url, 'select n from t')).toEqual([{ n: 1 }]);
  await postgres.stop();
  expect(other.exitCode).toBeNull();
  expect(other.kill()).toBe(true);
});

test('a dead process that nobody has waited for counts as dead', async () => {
  // The shell becomes a program that never waits for the child, before that ends.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve));
  const zombie = Number(line);
  await expect.poll(() => processStart(zombie)).toBeNull();
  expect(process.kill(zombie, 0)).toBe(true);
  const postgres = await bench.start(await withPid(zombie));
  expect(await query(postgres.url, 'select n from t')).toEqual([{ n: 1 }]);
  await postgres.stop();
  parent.kill();
});

test('a process is known by its number and its start', () => {
  expect(processStart(process.pid)).toBe(processStart(process.pid));
  expect(processStart(process.pid)).toMatch(/^[A-Za-z0-9-]+$/);
  expect(processArguments(process.pid)?.[0]).toContain('node');
  expect(processStart(2_147_483_646)).toBeNull();
});
