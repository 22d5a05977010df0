import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout; compiled tests lie in `test/dist`. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Workspace {
  /** `@soupcon/model`. */
  readonly name: string;
  /** `packages/model`. */
  readonly folder: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly sources: readonly Source[];
}

export interface Source {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
  /** A test, or what only tests use. */
  readonly isTest: boolean;
  /** What it imports, as written: `./a.ts`, `node:fs`, `@soupcon/model`. */
  readonly imports: readonly string[];
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function workspaces(): Workspace[] {
  return ['packages', 'apps'].flatMap((top) =>
    readdirSync(join(root, top))
      .map((name) => `${top}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .sort()
      .map((folder) => {
        const { name, dependencies = {} } = JSON.parse(readText(`${folder}/package.json`)) as Workspace;
        return { name, folder, dependencies, sources: sourcesIn(`${folder}/src`) };
      }),
  );
}

export function sourcesIn(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules') && !name.startsWith('dist/'))
    .sort()
    .map((name) => {
      const path = `${folder}/${name}`;
      const text = readText(path);
      const isTest = /\.test\.ts$|(^|\/)testing\//.test(name);
      return { path, text, isTest, imports: importsOf(text) };
    });
}

function importsOf(text: string): string[] {
  const statements = text.matchAll(/^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]/gm);
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [...statements, ...calls].map(([, specifier = '']) => specifier);
}
