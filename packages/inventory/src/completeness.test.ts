import { problem } from '@soupcon/model';
import { expect, test } from 'vitest';
import { judgeCompleteness } from './completeness.ts';

const judge = (packages: number, bytes: number, explainedBytes: number, codes: Parameters<typeof problem>[0][] = []) =>
  judgeCompleteness({
    packages,
    executables: { files: bytes > 0 ? 2 : 0, bytes, explainedBytes },
    problems: codes.map((code) => problem(code)),
  });

test.each<[string, ReturnType<typeof judge>, string]>([
  ['nothing at all', judge(0, 0, 0), 'complete'],
  ['packages and no executables', judge(3, 0, 0), 'complete'],
  ['executables and no package', judge(0, 100, 0), 'unknown'],
  ['95 % explained', judge(1, 100, 95), 'complete'],
  ['just less than 95 %', judge(1, 100_000, 94_999), 'partial'],
  ['50 % explained', judge(1, 100, 50), 'partial'],
  ['less than 50 %', judge(1, 100, 49), 'unknown'],
  ['something lost', judge(1, 100, 100, ['tar_truncated']), 'partial'],
  ['something odd but not lost', judge(1, 100, 100, ['path_invalid']), 'complete'],
  ['nothing found and something lost', judge(0, 0, 0, ['limit_layer_bytes']), 'unknown'],
  ['packages and a removed database', judge(1, 0, 0, ['package_database_removed']), 'partial'],
])('%s', (_, { verdict, reasons }, expected) => {
  expect(verdict).toBe(expected);
  expect(reasons.length > 0).toBe(expected !== 'complete');
});

test('reasons are sentences with figures, worst first', () => {
  expect(judge(1, 40_000_000, 12_000_000, ['tar_truncated', 'tar_truncated']).reasons).toEqual([
    'Known packages explain 30 % of the bytes of executables: 12.0 MB of 40.0 MB.',
    'The tar archive ends in the middle of an entry (2 times).',
  ]);
  expect(judge(0, 300, 0).reasons).toEqual(['No package was found, but there are 2 executables of 300 bytes.']);
});
