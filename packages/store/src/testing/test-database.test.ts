import { afterAll, expect, test } from 'vitest';
import { isLeftOver, newName } from './database-names.ts';
import { query } from './embedded-samples.ts';
import { templateName, testDatabase } from './test-database.ts';
import { testServer } from './test-server.ts';

const made: string[] = [];
const options = {
  template: `test of test databases ${process.pid} ${Math.random()}`,
  migrate: async (url: string) => {
    made.push(url);
    await query(url, 'create table t (n int)', 'insert into t values (1)');
  },
};
const names = async () =>
  (await query<{ datname: string }>(await testServer(), 'select datname from pg_database')).map(
    ({ datname }) => datname,
  );

/** As if another process had made it, which is gone. */
const ofDeadProcess = (name: string) => name.replace(`_${process.pid}_`, '_2147483646_');

afterAll(async () => {
  for (const template of [options.template, `${options.template} failing`]) {
    const name = templateName(template);
    await query(await testServer(), `alter database ${name} with is_template false`, `drop database ${name}`);
  }
});

test('databases are copies of one template, and know nothing of each other', async () => {
  const [one, two, three] = await Promise.all([testDatabase(options), testDatabase(options), testDatabase(options)]);
  expect(made).toHaveLength(1);
  await query(one.url, 'insert into t values (2)');
  expect(await query(one.url, 'select n from t order by n')).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await query(two.url, 'select n from t')).toEqual([{ n: 1 }]);
  await Promise.all([one, two, three].map((each) => each.drop()));
  expect(await names()).not.toContain(one.name);
});

test('a database is dropped although somebody is connected to it', async () => {
  const database = await testDatabase(options);
  const waiting = query(database.url, 'select pg_sleep(20)');
  await Promise.all([expect(waiting).rejects.toThrow(), database.drop()]);
  await database.drop();
});

test('databases of processes that are gone are dropped by the next that needs one', async () => {
  const left = ofDeadProcess(newName());
  await query(await testServer(), `create database ${left}`);
  expect(await names()).toContain(left);
  const database = await testDatabase(options);
  const after = await names();
  expect(after).toContain(database.name);
  expect(after).not.toContain(left);
  await database.drop();
});

test('a template that a killed run has left unfinished is made again', async () => {
  const failing = {
    template: `${options.template} failing`,
    migrate: () => Promise.reject(new RangeError('half way')),
  };
  await expect(testDatabase(failing)).rejects.toThrow('half way');
  const database = await testDatabase({ ...options, template: failing.template });
  expect(await query(database.url, 'select n from t')).toEqual([{ n: 1 }]);
  await database.drop();
});

test('the name of a database says whether it is left over', () => {
  expect(isLeftOver(newName())).toBe(false);
  expect(isLeftOver(ofDeadProcess(newName()))).toBe(true);
  expect(isLeftOver(newName().replace(/_[0-9a-f]{8}_/, '_01234567_'))).toBe(false); // Another machine.
  expect(newName().length).toBeLessThanOrEqual(63);
  const elsewhere = newName().replace(/^soupcon_test_[0-9a-f]{8}/, 'soupcon_test_01234567');
  expect(isLeftOver(elsewhere)).toBe(false);
  expect(isLeftOver(elsewhere, Date.now() + 25 * 3_600_000)).toBe(true);
  expect(isLeftOver('postgres')).toBe(false);
});
