import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { walkDirectory } from './directory.ts';
import { defaultLimits, type LayerLimits } from './limits.ts';
import { Recorder } from './testing/recorder.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'soupcon-directory-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function walk(limits: Partial<LayerLimits> = {}, from = root): Recorder {
  const recorder = new Recorder();
  walkDirectory(from, recorder, { limits: { ...defaultLimits, ...limits }, aborted: () => false });
  return recorder;
}

test('files, directories and links come in sorted order, links are not followed', () => {
  mkdirSync(join(root, 'b/c'), { recursive: true });
  writeFileSync(join(root, 'b/c/f'), 'content');
  writeFileSync(join(root, 'a'), 'x'.repeat(600_000), { mode: 0o755 });
  symlinkSync('/etc', join(root, 'b/etc'));
  const { entries, problems } = walk();
  expect(problems).toEqual([]);
  expect(entries.map(({ path, kind, linkTarget }) => ({ path, kind, linkTarget }))).toEqual([
    { path: 'a', kind: 'file', linkTarget: null },
    { path: 'b', kind: 'directory', linkTarget: null },
    { path: 'b/c', kind: 'directory', linkTarget: null },
    { path: 'b/etc', kind: 'symlink', linkTarget: '/etc' },
    { path: 'b/c/f', kind: 'file', linkTarget: null },
  ]);
  expect(entries[0]).toMatchObject({ mode: 0o755, size: 600_000, body: 'x'.repeat(600_000), whole: true });
  expect(entries.at(-1)?.body).toBe('content');
});

test('pipes and sockets are named and never opened', async () => {
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const server = createServer().listen(join(root, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  expect(walk().entries.map(({ path, kind }) => `${path} ${kind}`)).toEqual(['pipe other', 'socket other']);
  server.close();
});

test.skipIf(process.getuid?.() === 0)(
  'what may not be read is a problem, and the rest goes on (root may read all)',
  () => {
    mkdirSync(join(root, 'closed'));
    writeFileSync(join(root, 'file'), 'x');
    writeFileSync(join(root, 'open'), 'y');
    chmodSync(join(root, 'closed'), 0);
    chmodSync(join(root, 'file'), 0);
    const { problems, paths } = walk();
    expect(problems).toEqual([
      { code: 'file_unreadable', path: 'file' },
      { code: 'file_unreadable', path: 'closed' },
    ]);
    expect(paths).toContain('open');
  },
);

test('file systems that the kernel makes up are stayed out of', () => {
  // The machine's own root, two levels of it: /proc is a mount of another kind there.
  const recorder = walk({ pathDepthMax: 2, entriesMax: 100_000 }, '/');
  expect(recorder.paths.some((path) => path === 'proc')).toBe(true);
  expect(recorder.paths.some((path) => path.startsWith('proc/'))).toBe(false);
}, 60_000);

test('limits are named', () => {
  mkdirSync(join(root, 'a/b/c'), { recursive: true });
  expect(walk({ pathDepthMax: 2 }).codes).toEqual(['limit_path_depth']);
  expect(walk({ entriesMax: 1 }).codes).toEqual(['limit_entries']);
});

test('a path that is no directory is said to be none', () => {
  writeFileSync(join(root, 'f'), '');
  expect(() => walk({}, join(root, 'f'))).toThrow(/f is not a directory/);
  expect(() => walk({}, join(root, 'none'))).toThrow(/none is not a directory/);
});
