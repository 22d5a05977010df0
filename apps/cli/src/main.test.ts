import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../bin/soupcon.js', import.meta.url));

async function soupcon(words: readonly string[], input = '') {
  const child = spawn(process.execPath, [bin, ...words], { stdio: 'pipe' });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (written.stderr += text));
  child.stdin.on('error', () => {}).end(input);
  const [status] = await once(child, 'close');
  return { status, ...written };
}

test('a hundred thousand comparisons are answered in order', async () => {
  const lines = Array.from({ length: 100_000 }, (_, k) => `1.${k % 7} 1.3`);
  const answers = lines.map((_, k) => ((k % 7) - 3 < 0 ? '<' : (k % 7) - 3 > 0 ? '>' : '='));
  const { status, stdout, stderr } = await soupcon(['versions', 'compare', 'deb'], `${lines.join('\n')}\n`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout === `${answers.join('\n')}\n`).toBe(true);
});

test('what cannot be compared is a question mark', async () => {
  expect(await soupcon(['versions', 'compare', 'semver'], '1.0.0 not-a-version\nalone\n1.0.0 1.0.0\n')).toEqual({
    status: 0,
    stdout: '?\n?\n=\n',
    stderr: '',
  });
});

test('a scheme that is not there ends with 2 and names those that are', async () => {
  const { status, stdout, stderr } = await soupcon(['versions', 'compare', 'frobnicate']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/frobnicate/);
  expect(stderr).toMatch(/deb.*npm/);
});

test('a reader who goes away is no fault', async () => {
  const child = spawn(process.execPath, [bin, 'versions', 'compare', 'deb'], { stdio: 'pipe' });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdout.destroy();
  child.stdin.on('error', () => {}).end('1 2\n'.repeat(200_000));
  const [status] = await once(child, 'close');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('what is not there to scan ends with 3 and two lines, without a label or a stack', async () => {
  for (const image of ['sbom:/nowhere/bom.json', 'oci:/nowhere', 'docker-archive:/nowhere.tar', 'dir:/nowhere']) {
    const { status, stdout, stderr } = await soupcon(['scan', image]);
    expect({ image, status, stdout }).toEqual({ image, status: 3, stdout: '' });
    expect(stderr).toMatch(/^soupcon: [^\n]*nowhere[^\n]*\n[^\n]+\n$/);
  }
});
