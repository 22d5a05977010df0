import { expect, test } from 'vitest';
import { run } from './cli.ts';
import { fakeIo } from './testing/fakes.ts';

async function soupcon(line: string, environment: Record<string, string> = {}) {
  const { io, written } = fakeIo();
  const { signal } = new AbortController();
  return { status: await run(line.split(' ').filter(Boolean), { io, signal, environment }), ...written };
}

test.each([
  ['--version', /^soupcon \d+\.\d+\.\d+\n$/],
  ['--help', /^soupcon: what is in a container image/],
  ['help scan', /Exit status/],
  ['scan --help', /Exit status/],
  ['versions --help', /<scheme> is one of/],
])('`soupcon %s` answers on standard output', async (line, expected) => {
  expect(await soupcon(line)).toMatchObject({ status: 0, stdout: expect.stringMatching(expected), stderr: '' });
});

test.each(['help', 'help scan', 'help versions'])('no line of `soupcon %s` is wider than 80 columns', async (line) => {
  for (const text of (await soupcon(line)).stdout.split('\n')) expect(text.length).toBeLessThanOrEqual(80);
});

test.each(['', 'frobnicate', 'scan', 'scan a --format xml', 'scan a --frobnicate'])(
  '`soupcon %s` says on two lines what is wrong and what to do, and ends with 2',
  async (line) => {
    const { status, stdout, stderr } = await soupcon(line);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^soupcon: [^\n]+\n[^\n]+\.\n$/);
  },
);

test('a setting that cannot be understood ends with 2 and names it', async () => {
  const result = await soupcon('scan a', { SOUPCON_ADVISORIES_URL: 'ftp://x' });
  expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining('SOUPCON_ADVISORIES_URL') });
});

test('the stack is shown only to who asks for it', async () => {
  expect((await soupcon('scan')).stderr).not.toContain('    at ');
  expect((await soupcon('scan', { SOUPCON_DEBUG: '1' })).stderr).toContain('    at ');
});
