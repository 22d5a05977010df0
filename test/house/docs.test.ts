import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readText, root, workspaces } from './workspaces.ts';

const architecture = readText('ARCHITECTURE.md');
const contributing = readText('CONTRIBUTING.md');
const readme = readText('README.md');
const folders = workspaces().map(({ folder }) => folder);

/** What stands between backticks and looks like a path of this checkout. */
function pathsIn(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\s]+)`/g)].map(([, span = '']) => span);
  return spans.filter((span) => /^(packages|apps|test|\.ci)\//.test(span) && !/[<>*]/.test(span));
}

describe('ARCHITECTURE.md', () => {
  test('has at most 200 lines', () => expect(architecture.split('\n').length).toBeLessThanOrEqual(201));

  test('lists every package and none that is not there', () => {
    const rows = [...architecture.matchAll(/^\| `((?:packages|apps)\/[^`/]+)` \|/gm)].map(([, folder]) => folder);
    expect(rows.sort()).toEqual([...folders].sort());
  });

  test('names tests that exist', () => {
    const names = [...architecture.matchAll(/`((?:[\w-]+\/)*[\w-]+\.test\.ts)`/g)].map(([, name = '']) => name);
    const tests = ['packages', 'apps', 'test'].flatMap((top) =>
      readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts') && !/node_modules|dist\//.test(name))
        .map((name) => `${top}/${name}`),
    );
    expect(names.length).toBeGreaterThan(10);
    for (const name of names)
      expect(
        tests.some((path) => path === name || path.endsWith(`/${name}`)),
        name,
      ).toBe(true);
  });
});

test.each([
  ['ARCHITECTURE.md', architecture],
  ['CONTRIBUTING.md', contributing],
  ['README.md', readme],
])('%s names only paths that exist', (_, text) => {
  for (const path of pathsIn(text)) expect(existsSync(join(root, path)), path).toBe(true);
});

test('every recipe of CONTRIBUTING.md ends in one command that can be run', () => {
  const recipes = contributing.split(/^## /m).filter((section) => /^(Add|Match) /.test(section));
  expect(recipes.length).toBeGreaterThanOrEqual(3);
  for (const recipe of recipes) {
    expect(recipe.trim()).toMatch(/```sh\n[^\n]+\n```$/);
    const [, target = ''] = /vitest run (\S+)/.exec(recipe) ?? [];
    expect(existsSync(join(root, target)), target).toBe(true);
  }
});

describe('README.md', () => {
  test('has its two commands on the first screen', () => {
    const first = readme.split('\n').slice(0, 24).join('\n');
    expect(first).toContain('npm ci && npm run demo -- --exit\nnpm ci && npm test');
  });

  test('names every variable that the command reads, and none else', () => {
    const server = workspaces().find(({ folder }) => folder === 'apps/cli')?.sources ?? [];
    const texts = [
      ...['apps/cli/src/config.ts', 'apps/cli/src/main.ts', 'apps/cli/src/cli.ts'],
      ...['apps/api/src/config.ts', 'apps/worker/src/config.ts'],
      ...server.filter(({ path, isTest }) => path.includes('/server/') && !isTest).map(({ path }) => path),
    ].map(readText);
    const name =
      /\b(?:SOUPCON_[A-Z_]+|DATABASE_URL|REDIS_URL|XDG_DATA_HOME|SSL_CERT_FILE|HTTPS?_PROXY|NO_PROXY|DOCKER_CONFIG|NO_COLOR)\b/g;
    const read = new Set(texts.flatMap((text) => text.match(name) ?? []));
    expect([...new Set(readme.match(name))].sort()).toEqual([...read].sort());
  });

  test('and the help say the same exit statuses', () => {
    const help = readText('apps/cli/src/help.ts');
    for (const status of [0, 1, 2, 3, 4]) {
      expect(readme).toMatch(new RegExp(`^\\| ${status} \\|`, 'm'));
      expect(help).toMatch(new RegExp(`^ {2}${status} {2}`, 'm'));
    }
  });
});

test('nothing in the house names a package registry or a path of the machine it was written on', () => {
  const lock = readText('package-lock.json');
  expect(lock).not.toContain('"resolved": "http');
});
