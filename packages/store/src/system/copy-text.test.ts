import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, schemaHash } from '../migrate.ts';
import { openStore, type Store } from '../open.ts';
import { type TestDatabase, testDatabase } from '../testing/test-database.ts';
import { CopyRows } from './copy-text.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase({ template: await schemaHash(), migrate });
  store = openStore({ url: database.url });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const texts = [
  '',
  'a\tb',
  'line\r\nfeed',
  '\\N',
  '\\',
  '\\.',
  'ü€😀',
  '"',
  '{}',
  ',',
  ' ',
  'NULL',
  'x'.repeat(200_000),
];

test('what is copied is what is read, whatever is in it', async () => {
  const rows = new CopyRows();
  for (const [n, text] of texts.entries()) rows.add(text, n, null, [text, 'a', text]);
  const read = await store.asSystem(async (tx) => {
    await tx.query({
      name: 'test.table',
      text: 'create temporary table t (one text, n bigint, none text, many text[])',
    });
    await tx.copy({ name: 'test.copy', text: 'copy t from stdin' }, rows.pieces());
    return tx.query({ name: 'test.read', text: 'select * from t order by n' });
  });
  expect(read).toEqual(texts.map((text, n) => ({ one: text, n, none: null, many: [text, 'a', text] })));
});

test('a NUL, which Postgres cannot keep, becomes a replacement character', () => {
  const rows = new CopyRows();
  rows.add('a\0b');
  expect(Buffer.concat([...rows.pieces()]).toString()).toBe('a\ufffdb\n');
});
