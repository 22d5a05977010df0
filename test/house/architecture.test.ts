import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readText, root, type Source, workspaces } from './workspaces.ts';

const allPackages = [
  ...['model', 'versions', 'net', 'layers', 'registry', 'inventory'],
  ...['advisories', 'matcher', 'label', 'store', 'queue'],
];

/**
 * Which package may import which. A line here is a wall of the house; ARCHITECTURE.md says why each stands.
 * What is not listed may not be imported, and a package that is not listed may not exist.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  versions: ['model'],
  net: ['model'],
  layers: ['model'],
  registry: ['model', 'net', 'layers'],
  inventory: ['model', 'layers'],
  advisories: ['model', 'net', 'versions', 'layers'],
  matcher: ['model', 'versions'],
  label: ['model'],
  store: ['model'],
  queue: ['model', 'store'],
  api: ['model', 'registry', 'matcher', 'label', 'store'],
  worker: allPackages,
  cli: [...allPackages, 'api', 'worker'],
};

/** Outside libraries, each with its reason; `npm:` in front of what is allowed nowhere else. */
const libraries: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  versions: { semver: 'the order of npm versions is what this library says it is' },
  net: {
    undici: 'the only HTTP client that lets us judge the address it connects to',
    'ipaddr.js': 'kinds of addresses',
  },
  layers: { zstddec: 'the reference zstd decoder as WebAssembly; Node 20 has none' },
  matcher: { 'ae-cvss-calculator': 'scores of CVSS 2, 3 and 4' },
  store: {
    pg: 'the Postgres client',
    'pg-copy-streams': 'COPY, which is three to seven times faster than any INSERT',
  },
  queue: {
    bullmq: 'jobs, on Postgres or on Redis',
    ioredis: 'the Redis client of bullmq',
    pg: 'the pool that bullmq gets, with a size and a schema of its own',
  },
  api: {
    fastify: 'routes whose schema is their only truth',
    '@fastify/swagger': 'OpenAPI from the schemas of the routes',
    '@fastify/swagger-ui': 'the page at /docs',
    '@fastify/rate-limit': 'limits by key and by hook token',
    '@fastify/helmet': 'security headers',
    'fastify-type-provider-zod': 'zod schemas as those of routes',
    zod: 'schemas that are types, too',
    pino: 'structured logs',
    'prom-client': 'what /metrics shows',
  },
  cli: {
    fastify: "the routes of the registry that `npm run demo` starts, and a lone worker's metrics",
    pino: 'the type of the log that both services share',
    'prom-client': 'the figures that both services share',
    'tar-stream': 'the layers of the image that `npm run demo` pushes',
  },
  worker: { zod: 'the schema of the settings', 'prom-client': 'what /metrics shows' },
};

const all = workspaces();
const short = (name: string) => name.replace('@soupcon/', '');
const production = all.flatMap(({ name, sources }) =>
  sources.filter(({ isTest }) => !isTest).map((source) => ({ workspace: short(name), source })),
);

test('every package is in the table, and every line of the table is a package', () => {
  expect(all.map(({ name }) => short(name)).sort()).toEqual(Object.keys(mayImport).sort());
});

describe.each(all.map((workspace) => [short(workspace.name), workspace] as const))('%s', (name, workspace) => {
  test('imports only what it may, and declares what it imports', () => {
    const allowed = new Set((mayImport[name] ?? []).map((one) => `@soupcon/${one}`));
    for (const { path, imports, isTest } of workspace.sources) {
      for (const specifier of imports.filter((one) => one.startsWith('@soupcon/'))) {
        const target = specifier.split('/').slice(0, 2).join('/');
        const doors = doorsOf(target).filter((door) => isTest || door !== `${target}/testing`);
        expect(doors, `${path} reaches past the door of ${target}`).toContain(specifier);
        if (!isTest) expect(allowed, `${path} imports ${target}`).toContain(target);
        expect(Object.keys(workspace.dependencies), `${path} imports ${target}`).toContain(target);
      }
    }
  });

  test('uses only the libraries that have a reason', () => {
    const reasons = Object.keys(libraries[name] ?? {});
    const declared = Object.keys(workspace.dependencies).filter((one) => !one.startsWith('@soupcon/'));
    expect(declared.sort()).toEqual([...reasons].sort());
    for (const { path, imports, isTest } of workspace.sources) {
      if (isTest) continue;
      const outside = imports.filter((one) => !/^(\.|node:|@soupcon\/)/.test(one)).map(libraryOf);
      for (const one of outside) expect(reasons, `${path} imports ${one}`).toContain(one);
    }
  });

  test('what ships does not import what only tests use', () => {
    for (const { path, imports, isTest } of workspace.sources) {
      if (isTest) continue;
      for (const specifier of imports)
        expect(specifier, path).not.toMatch(/testing\/|\.test\.ts$|^vitest$|^fast-check$/);
    }
  });

  test('the references of its tsconfig are its dependencies', () => {
    const { references = [] } = JSON.parse(readText(`${workspace.folder}/tsconfig.json`)) as {
      references?: { path: string }[];
    };
    const referenced = references.map(({ path }) => `@soupcon/${path.split('/').at(-1)}`).sort();
    expect(referenced).toEqual(
      Object.keys(workspace.dependencies)
        .filter((one) => one.startsWith('@soupcon/'))
        .sort(),
    );
  });

  test('has no circle of imports', () => {
    expect(circlesIn(workspace.sources)).toEqual([]);
  });
});

describe('what a room knows nothing of', () => {
  const only = (module: RegExp, allowed: readonly string[]) =>
    production
      .filter(({ source }) => source.imports.some((one) => module.test(one)))
      .map(({ workspace, source }) => (allowed.includes(workspace) ? null : source.path))
      .filter((path) => path !== null);

  test('only net opens sockets', () => {
    const opening = only(/^(node:)?(http|https|http2|net|tls|dns|dgram)(\/|$)|^undici$/, ['net']);
    // The launcher of the embedded Postgres listens for a moment to learn which port is free; it connects to nothing.
    expect(opening).toEqual(['packages/store/src/embedded/ports.ts']);
    const fetching = production.filter(({ source }) => /\bfetch\(|\bWebSocket\(/.test(source.text));
    expect(fetching.map(({ source }) => source.path)).toEqual([]);
  });

  test('layers and inventory never write a file', () => {
    const writing =
      /\b(writeFile|writeSync|createWriteStream|mkdir|mkdtemp|appendFile|rename|copyFile|symlink|rmSync|unlink)\w*\(/;
    const found = production.filter(
      ({ workspace, source }) => ['layers', 'inventory'].includes(workspace) && writing.test(source.text),
    );
    expect(found.map(({ source }) => source.path)).toEqual([]);
  });

  test('model, versions, matcher and label read no file, and matcher and versions never wait', () => {
    const pure = ['model', 'versions', 'matcher', 'label'];
    expect(
      only(
        /^node:(fs|child_process|worker_threads|os|process)/,
        all.map(({ name }) => short(name)).filter((one) => !pure.includes(one)),
      ),
    ).toEqual([]);
    const waiting = production.filter(
      ({ workspace, source }) =>
        ['matcher', 'versions'].includes(workspace) && /\bawait\b|\bPromise\b/.test(source.text),
    );
    expect(waiting.map(({ source }) => source.path)).toEqual([]);
  });

  test('only the credential helpers of registry and the launcher of the embedded Postgres start a program', () => {
    const found = production.filter(({ source }) => source.imports.some((one) => one === 'node:child_process'));
    const others = found.filter(({ source }) => dirname(source.path) !== 'packages/store/src/embedded');
    expect(others.map(({ source }) => dirname(source.path))).toEqual(others.map(() => 'packages/registry/src'));
    expect(others.length).toBeLessThanOrEqual(1);
  });

  test('the environment is read in one place', () => {
    const reading = production.filter(({ source }) => /process\.env\b/.test(source.text));
    for (const { source } of reading) expect(source.path).toMatch(/^apps\/\w+\/src\/(config|main)\.ts$/);
  });

  test('no error is thrown without a code, but for faults of our own', () => {
    const bare = production.filter(({ source }) => /throw new Error\(/.test(source.text));
    expect(bare.map(({ source }) => source.path)).toEqual([]);
  });
});

test('no room is called utils, common, shared, core, helpers or services', () => {
  const banned = /(^|\/)(utils?|common|shared|core|helpers?|services?|misc)(\/|\.ts$)/;
  expect(production.map(({ source }) => source.path).filter((path) => banned.test(path))).toEqual([]);
});

/** What a package may be imported by: its name, and what its description opens beside it. */
function doorsOf(name: string): string[] {
  const folder = all.find((workspace) => workspace.name === name)?.folder;
  const { exports = {} } = JSON.parse(readText(`${folder}/package.json`)) as { exports?: object };
  return Object.keys(exports).map((door) => name + door.slice(1));
}

/** `@fastify/swagger` of `@fastify/swagger/lib/a.js`. */
function libraryOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Each file that can reach itself, with the way. */
function circlesIn(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    if (state.get(path) === 'open') circles.push([...way.slice(way.indexOf(path)), path].join(' > '));
    if (state.has(path)) return;
    state.set(path, 'open');
    for (const specifier of byPath.get(path)?.imports ?? []) {
      if (!specifier.startsWith('.')) continue;
      const target = normalize(join(dirname(path), specifier));
      if (byPath.has(target)) visit(target, [...way, path]);
      else expect(existsSync(join(root, target)), `${path} imports ${specifier}`).toBe(true);
    }
    state.set(path, 'done');
  };
  for (const { path } of sources) visit(path, []);
  return circles;
}
