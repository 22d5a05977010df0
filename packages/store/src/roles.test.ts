import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { migrate, schemaHash } from './migrate.ts';
import { connectionOf } from './roles.ts';
import { type TestDatabase, testDatabase } from './testing/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ template: await schemaHash(), migrate });
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => database.drop());

/** The owner's address as some hosts of databases give it, with settings of its own. */
function addressWithOptions({ password }: { password: boolean }): string {
  const url = new URL(database.url);
  url.searchParams.set('options', '-c statement_timeout=12345 -c timezone=Asia/Tokyo -c role=none');
  if (password) return url.href;
  // Known to the server by other means: here the environment.
  vi.stubEnv('PGPASSWORD', decodeURIComponent(url.password));
  url.password = '';
  return url.href;
}

test.each([true, false])(
  'an address with options of its own leads to the role and its settings all the same (password in it: %s)',
  async (password) => {
    const client = new pg.Client(connectionOf(addressWithOptions({ password }), 'soupcon_app', '-c work_mem=5MB'));
    await client.connect();
    try {
      const { rows } = await client.query(
        `select current_user as role, current_setting('timezone') as zone, current_setting('work_mem') as memory,
          current_setting('statement_timeout') as timeout`,
      );
      expect(rows).toEqual([{ role: 'soupcon_app', zone: 'UTC', memory: '5MB', timeout: '12345ms' }]);
    } finally {
      await client.end();
    }
  },
);
