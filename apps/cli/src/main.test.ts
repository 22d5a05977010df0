import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';

const bin = fileURLToPath(new URL('../bin/soupcon.js', import.meta.url));

const directory = mkdtempSync(join(tmpdir(), 'soupcon-main-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function soupcon(words: readonly string[], input = '', nodeOptions: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeOptions, bin, ...words], { stdio: 'pipe' });
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

test('who waits for more lines can be interrupted', async () => {
  const child = spawn(process.execPath, [bin, 'versions', 'compare', 'deb'], { stdio: 'pipe' });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {}).write('1 2\n');
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const [status, by] = await once(child, 'close');
  clearTimeout(late);
  expect({ status, by, stderr }).toEqual({ status: 130, by: null, stderr: 'soupcon: stopped\n' });
});

test.each([1, 2])('a pipe that says nothing does not hold who interrupts, %d times', async (times) => {
  const pipe = join(directory, `pipe-${times}`);
  execFileSync('mkfifo', [pipe]);
  const child = spawn(process.execPath, [bin, 'scan', `sbom:${pipe}`], { stdio: 'ignore' });
  const closed = once(child, 'close');
  // It can be opened without waiting once the other end is read.
  const writer = await vi.waitFor(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK), 10_000);
  for (let k = 0; k < times; k++) {
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const startedAt = performance.now();
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const [, by] = await closed;
  clearTimeout(late);
  closeSync(writer);
  expect(by).toBe('SIGINT');
  expect(performance.now() - startedAt).toBeLessThan(times === 1 ? 10_000 : 1_000);
});

test.skipIf(!existsSync('/dev/full'))('a full disk behind standard output is no fault of ours', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [bin, 'help', 'scan'], { stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [status] = await once(child, 'close');
  closeSync(full);
  expect(status).toBe(3);
  expect(stderr).toMatch(/^soupcon: [^\n]*standard output \(ENOSPC\)\n[^\n]+\n$/);
});

test('what is not there to scan ends with 3 and two lines, without a label or a stack', async () => {
  for (const image of ['sbom:', 'oci:', 'docker-archive:', 'dir:']) {
    const { status, stderr } = await soupcon(['scan', image]);
    expect({ image, status }).toEqual({ image, status: 3 });
    expect(stderr).toContain(`${image} names no`);
  }
  for (const image of ['sbom:/nowhere/bom.json', 'oci:/nowhere', 'docker-archive:/nowhere.tar', 'dir:/nowhere']) {
    const { status, stdout, stderr } = await soupcon(['scan', image]);
    expect({ image, status, stdout }).toEqual({ image, status: 3, stdout: '' });
    expect(stderr).toMatch(/^soupcon: [^\n]*nowhere[^\n]*\n[^\n]+\n$/);
  }
});

/** A bill of materials of one Debian package, and advisories that have an archive of another ecosystem, an empty one. */
function billAndAdvisories(): { bill: string; place: string } {
  const purl = 'pkg:deb/debian/tar@1.35-3?arch=amd64&distro=debian-13';
  const components = [{ type: 'library', 'bom-ref': purl, name: 'tar', version: '1.35-3', purl }];
  const bill = join(directory, 'bom.json');
  writeFileSync(bill, JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components }));
  const place = join(directory, 'advisories');
  mkdirSync(join(place, 'npm'), { recursive: true });
  writeFileSync(join(place, 'npm', 'all.zip'), Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)]));
  return { bill, place };
}

test('advisories that have nothing for any package are no clean result', async () => {
  const { bill, place } = billAndAdvisories();
  const words = ['scan', `sbom:${bill}`, '--advisories', place, '--fail-on', 'critical'];
  const reason = 'this set of advisories has no Debian at all';
  const { status, stdout, stderr } = await soupcon(words);
  expect(status).toBe(4);
  expect(stdout).toContain(`  not matched   1 package: ${reason}\n`);
  expect(stdout).toContain('  findings      not matched\n');
  expect(stdout).not.toContain('No advisory');
  expect(stderr).toBe(
    `soupcon: warning: 1 package was not matched: ${reason}\n` +
      'soupcon: none of the packages could be matched, so --fail-on cannot be answered\n',
  );
});

test('what reads and matches advisories is loaded only where there are some', async () => {
  const { bill, place } = billAndAdvisories();
  const hook = `import { writeSync } from 'node:fs';
    export async function resolve(specifier, context, next) {
      if (/^(?:@soupcon.(?:matcher|advisories)|ae-cvss-calculator)$/.test(specifier)) writeSync(2, specifier + ' ');
      return next(specifier, context);
    }`;
  const asUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const hooked = [
    '--import',
    asUrl(`import { register } from 'node:module'; register(${JSON.stringify(asUrl(hook))});`),
  ];
  const loaded = async (...words: string[]) =>
    (await soupcon(['scan', `sbom:${bill}`, '--quiet', ...words], '', hooked)).stderr.split(' ').filter(Boolean).sort();
  expect(await loaded()).toEqual([]);
  expect(await loaded('--advisories', place)).toEqual([
    '@soupcon/advisories',
    '@soupcon/matcher',
    'ae-cvss-calculator',
  ]);
});
