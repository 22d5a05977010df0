import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Tests run as built, so that what is tested is what ships, worker threads included. The list comes from the sources:
// what was compiled from a file that is gone is not run.
const roots = ['packages', 'apps'].flatMap((top) => readdirSync(top).map((name) => `${top}/${name}/src`));
const include = [
  ...roots.flatMap((root) => tests(root).map((file) => file.replace('/src/', '/dist/'))),
  ...tests('test')
    .filter((file) => !file.startsWith('test/dist/'))
    .map((file) => file.replace(/^test\//, 'test/dist/')),
];

function tests(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => `${root}/${name.replace(/\.ts$/, '.js')}`);
}

// What measures a service as a whole has the machine to itself: a file at a time, behind all others.
const service = ['push', 'serve', 'survive'].map((name) => `test/dist/${name}.test.js`);

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'threads',
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: include.filter((file) => !service.includes(file)),
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'service', include: service, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
