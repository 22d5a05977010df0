import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AppError } from '@soupcon/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench, isRoot, query, quick, recorder, serverPid } from '../testing/embedded-samples.ts';
import { freePort } from './ports.ts';
import { isRunning } from './processes.ts';

let bench: Bench;
/** A data directory with a cluster in it, which nobody serves. */
let made: string;

beforeAll(async () => {
  bench = await Bench.open();
  made = bench.path();
  await (await bench.start(made)).stop();
});
afterAll(() => bench.end());

test('a first start makes the cluster, and a restart keeps what is in it', async () => {
  const directory = bench.path();
  const first = await bench.start(directory);
  await query(first.url, 'create table t (n int)', 'insert into t values (7)');
  await first.stop();
  expect(await first.exited).toEqual({ code: 0, signal: null });
  const second = await bench.start(directory);
  expect(await query(second.url, 'select n from t')).toEqual([{ n: 7 }]);
  expect(await query(second.url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  expect(await query(second.url, 'show timezone')).toEqual([{ TimeZone: 'UTC' }]);
  expect((await readdir(directory)).sort()).toEqual(['postgres', 'postgres.json', 'postgres.lock', 'postgres.log']);
  await second.stop();
});

test('only those who can read its files reach it, and only from this machine', async () => {
  const directory = made;
  const { url, stop } = await bench.start(directory);
  for (const file of ['postgres.json', 'postgres.log', 'postgres/soupcon.password'])
    expect((await stat(join(directory, file))).mode & 0o777, file).toBe(0o600);
  await expect(query(url.replace(/:[^:@]*@/, ':wrong@'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect(await query(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(await query(url, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
  expect(await readFile(join(directory, 'postgres.log'), 'utf8')).not.toContain(new URL(url).password);
  await stop();
});

test('stop ends the server and its notes, however often it is asked', async () => {
  const directory = made;
  const postgres = await bench.start(directory);
  const pid = await serverPid(postgres.url);
  await Promise.all([postgres.stop(), postgres.stop()]);
  await postgres.stop();
  expect(isRunning(pid)).toBe(false);
  expect(await readdir(join(directory, 'postgres.lock'))).toEqual([]);
  expect(await readdir(directory)).not.toContain('postgres.json');
});

test('a server that ends by itself is told of, with the last lines of its log', async () => {
  const logger = recorder();
  const postgres = await bench.start(made, { logger });
  process.kill(await serverPid(postgres.url), 'SIGINT');
  expect(await postgres.exited).toEqual({ code: 0, signal: null });
  expect(logger.messages.at(-1)).toBe('postgres ready');
  await expect.poll(() => logger.messages.at(-1)).toBe('postgres ended');
  await postgres.stop();
});

test('a port that somebody took is left to them', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  const ports = [taken, taken];
  const postgres = await bench.start(made, {}, { freePort: async () => ports.pop() ?? freePort() });
  expect(postgres.port).not.toBe(taken);
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await postgres.stop();
  other.close();
});

test('what a start that was ended half way has left is cleared away', async () => {
  const directory = bench.path();
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 150);
  await expect(bench.start(directory, { signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' });
  expect(await readdir(directory)).toEqual(['postgres.lock']);
  await mkdir(join(directory, 'postgres.new-killed', 'cluster', 'base'), { recursive: true });
  await writeFile(join(directory, 'postgres.new-killed', 'cluster', 'PG_VERSION'), '18\n');
  const { stop } = await bench.start(directory);
  expect((await readdir(directory)).filter((name) => name.startsWith('postgres.new'))).toEqual([]);
  await stop();
});

test('a start that is stopped before it is ready leaves no server', async () => {
  const directory = made;
  const abort = new AbortController();
  const freePortThenAbort = () => {
    setTimeout(() => abort.abort(), 5);
    return freePort();
  };
  const starting = bench.start(directory, { signal: abort.signal }, { freePort: freePortThenAbort });
  await expect(starting).rejects.toMatchObject({ code: 'aborted' });
  expect(await readdir(join(directory, 'postgres'))).not.toContain('postmaster.pid');
});

test('a cluster of another major version is refused and not touched', async () => {
  const directory = bench.path();
  await mkdir(join(directory, 'postgres'), { recursive: true });
  await writeFile(join(directory, 'postgres', 'PG_VERSION'), '15\n');
  const failure = await bench.start(directory).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'embedded_version' });
  expect((failure as AppError).message).toContain(`${join(directory, 'postgres')} is of Postgres 15`);
  expect(await readdir(join(directory, 'postgres'))).toEqual(['PG_VERSION']);
});

test('a folder that is something else is never taken for a place to make a cluster', async () => {
  const directory = bench.path();
  await mkdir(join(directory, 'postgres'), { recursive: true });
  await writeFile(join(directory, 'postgres', 'letter.txt'), 'dear');
  await expect(bench.start(directory)).rejects.toMatchObject({ code: 'data_directory_unusable' });
  expect(await readdir(join(directory, 'postgres'))).toEqual(['letter.txt']);
});

test('what is no directory is refused by its path', async () => {
  const file = bench.path();
  await writeFile(file, '');
  for (const path of [file, join(file, 'below')]) {
    const failure = await bench.start(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect((failure as AppError).message).toBe(`The data directory cannot be used: ${path}: not a directory`);
  }
});

test('a directory that may not be written is refused by its path', async () => {
  const locked = join(isRoot ? '/sys' : bench.path(), 'data'); // There even root makes no directory.
  if (!isRoot) await mkdir(join(locked, '..'), { mode: 0o500 });
  const failure = await bench.start(locked).catch((error: unknown) => error);
  expect(String(failure)).toContain(locked);
  expect(failure).toMatchObject({ code: 'data_directory_unusable' });
});

test('settings that Postgres does not know are answered by its own words', async () => {
  const starting = bench.start(made, { settings: { ...quick, shared_buffers: 'plenty' } });
  await expect(starting).rejects.toMatchObject({ code: 'embedded_failed' });
  await expect(starting).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
});

test('a log that has grown large is put aside at the start', async () => {
  const directory = made;
  await writeFile(join(directory, 'postgres.log'), Buffer.alloc(11 * 1024 * 1024, 'x'));
  const { stop } = await bench.start(directory);
  await stop();
  expect((await stat(join(directory, 'postgres.log'))).size).toBeLessThan(10_000);
  expect((await stat(join(directory, 'postgres.log.1'))).size).toBe(11 * 1024 * 1024);
});
