import { expect, test } from 'vitest';
import { fakeIo } from './testing/fakes.ts';
import { compareLines } from './versions.ts';

const asNumbers = (a: string, b: string) => {
  const [left, right] = [Number(a), Number(b)];
  if (Number.isNaN(left) || Number.isNaN(right)) return { unparsed: 'not a number' };
  return left < right ? -1 : left > right ? 1 : 0;
};

async function answers(input: readonly string[]): Promise<string> {
  const { io, written } = fakeIo({ input });
  await compareLines(io.stdin, io.stdout, asNumbers);
  return written.stdout;
}

test.each([
  [['1 2\n2 1\n1 1\nx 1\n'], '<\n>\n=\n?\n'],
  [['1 2'], '<\n'],
  [['1', ' ', '2\n2', ' 1'], '<\n>\n'],
  [['1\t2\r\n  1   2  \n'], '<\n<\n'],
  [['1\n1 2 3\n\n1 2\n'], '?\n?\n?\n<\n'],
  [[], ''],
  [['\n'], '?\n'],
])('%j', async (input, expected) => {
  expect(await answers(input)).toBe(expected);
});

test('a line without end is not kept in memory, and the next is read', async () => {
  const pieces = [...Array.from({ length: 100 }, () => 'x'.repeat(10_000)), '\n1 2\n'];
  expect(await answers(pieces)).toBe('?\n<\n');
});
