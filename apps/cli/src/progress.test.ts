import { expect, test } from 'vitest';
import { createProgress, progressLines } from './progress.ts';

const state = (layer: number, bytes: number, done = false) => ({ layer, layers: 12, bytes, total: 4_194_304, done });

function screen(columns: number | null) {
  const written: string[] = [];
  return { written, columns, write: (text: string) => void written.push(text) };
}

test('a bar for each layer that is being read, none wider than the terminal', () => {
  const lines = progressLines([state(3, 2_097_152), state(0, 4_194_304, true), state(1, 0)], 80);
  expect(lines).toEqual([
    'layer   1  [                        ] 0.0 KiB of 4.0 MiB',
    'layer   3  [############            ] 2.0 MiB of 4.0 MiB',
    '1 of 12 layers read',
  ]);
  for (const line of progressLines([state(3, 1)], 20)) expect(line.length).toBeLessThan(20);
});

test('a thousand reports in a second are drawn ten times, and taken away at the end', () => {
  const out = screen(80);
  let time = 0;
  const progress = createProgress(out, { quiet: false, verbose: false, now: () => time });
  for (let k = 0; k < 1000; k++, time++) progress.report(state(0, k));
  expect(out.written.filter((text) => text.includes('layer')).length).toBe(10);
  progress.clear();
  expect(out.written.at(-1)).toBe('\u001b[2A\r\u001b[J');
});

test('without a terminal nothing is drawn; asked for, a line for each layer that is done', () => {
  const [still, plain] = [screen(null), screen(null)];
  createProgress(still, { quiet: false, verbose: false }).report(state(0, 1, true));
  const progress = createProgress(plain, { quiet: false, verbose: true });
  progress.report(state(0, 1));
  progress.report(state(0, 4_194_304, true));
  expect([still.written, plain.written]).toEqual([[], ['layer 0, one of 12: read, 4.0 MiB\n']]);
});
