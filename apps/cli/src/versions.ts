import type { Writable } from 'node:stream';
import { writeText } from './output.ts';

/** A comparison as the version schemes give it: an order, or why there is none. */
export type Compare = (a: string, b: string) => -1 | 0 | 1 | object;

const lineUnitsMax = 64 * 1024;

/**
 * Answers each line `A B` with `<`, `=`, `>` or `?`, in order, as they come. A line that is not two words, or is longer
 * than 64 Ki characters, is answered with `?`. Waits while the output is full.
 */
export async function compareLines(input: AsyncIterable<string>, output: Writable, compare: Compare): Promise<void> {
  let answers = '';
  for await (const lines of linesOf(input)) {
    for (const line of lines) answers += `${answer(line, compare)}\n`;
    // What came in one piece is answered in one piece, so that somebody who types sees the answer at once.
    await writeText(output, answers);
    answers = '';
  }
}

function answer(line: string | null, compare: Compare): '<' | '=' | '>' | '?' {
  const [a, b, ...more] = line === null ? [] : line.split(/\s+/).filter(Boolean);
  if (a === undefined || b === undefined || more.length > 0) return '?';
  const order = compare(a, b);
  return order === 0 ? '=' : order === -1 ? '<' : order === 1 ? '>' : '?';
}

/** Complete lines, those of a piece together, without their ends; null for one that is too long to be kept. */
async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<(string | null)[]> {
  let begun = '';
  let overlong = false;
  const finish = (line: string) => (overlong || line.length > lineUnitsMax ? null : line);
  for await (const piece of input) {
    const parts = (begun + piece).split('\n');
    begun = parts.pop() ?? '';
    const lines = parts.map((line, k) => (k === 0 ? finish(line) : line.length > lineUnitsMax ? null : line));
    if (parts.length > 0) overlong = false;
    if (begun.length > lineUnitsMax) {
      begun = '';
      overlong = true;
    }
    if (lines.length > 0) yield lines;
  }
  if (begun !== '' || overlong) yield [finish(begun)];
}
