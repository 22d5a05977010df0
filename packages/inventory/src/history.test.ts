import type { HistoryEntry } from '@soupcon/model';
import { expect, test } from 'vitest';
import { alignHistory, readableInstruction } from './history.ts';

const step = (createdBy: string, emptyLayer = false, comment: string | null = null): HistoryEntry => ({
  createdBy,
  created: null,
  comment,
  emptyLayer,
});

test('each step that is not empty takes the next layer; the base ends with the last command before', () => {
  const history = [step('ADD a'), step('CMD ["x"]', true), step('RUN b'), step('COPY c'), step('CMD ["y"]', true)];
  expect(alignHistory(history, 3)).toEqual({ instructions: ['ADD a', 'RUN b', 'COPY c'], baseLayers: 1, problems: [] });
});

test('when the numbers differ nothing is said of any layer', () => {
  const { instructions, baseLayers, problems } = alignHistory([step('ADD a'), step('RUN b'), step('CMD c', true)], 3);
  expect(instructions).toEqual([null, null, null]);
  expect(baseLayers).toBe(0);
  expect(problems).toMatchObject([
    { code: 'history_mismatch', message: expect.stringContaining('2 steps for 3 layers') },
  ]);
});

test('no history is no mismatch', () => {
  expect(alignHistory([], 2)).toEqual({ instructions: [null, null], baseLayers: 0, problems: [] });
});

test('a step is empty when it is marked so, not when it looks so', () => {
  const history = [step('ADD a'), step('WORKDIR /app', false, 'buildkit.dockerfile.v0')];
  expect(alignHistory(history, 2).instructions).toEqual(['ADD a', 'WORKDIR /app']);
});

test('a base whose child sets a command of its own, or nothing but metadata', () => {
  const base = [step('ADD a'), step('/bin/sh -c #(nop)  CMD ["sh"]', true)];
  expect(alignHistory(base, 1).baseLayers).toBe(0);
  expect(alignHistory([...base, step('RUN x'), step('ENTRYPOINT ["x"]', true)], 2).baseLayers).toBe(1);
});

test.each<[string | null, string | null]>([
  ['/bin/sh -c #(nop)  CMD ["x"]', 'CMD ["x"]'],
  ['/bin/sh -c #(nop) COPY dir:abc in /app ', 'COPY dir:abc in /app'],
  ['/bin/sh -c #(nop) ADD file:abc in / ', 'ADD file:abc in /'],
  ['/bin/sh -c apt-get update &&     apt-get install -y x', 'RUN apt-get update && apt-get install -y x'],
  ['|2 A=1 B=two words /bin/sh -c make', 'RUN make'],
  ['RUN /bin/sh -c npm ci # buildkit', 'RUN npm ci'],
  ['RUN |1 VER=1 /bin/sh -c make # buildkit', 'RUN make'],
  ['RUN /bin/bash -o pipefail -c a | b # buildkit', 'RUN a | b'],
  ['/bin/bash -eo pipefail -c a', 'RUN a'],
  ['COPY . /app # buildkit', 'COPY . /app'],
  ['WORKDIR /app', 'WORKDIR /app'],
  ['bazel build ...', 'bazel build ...'],
  ['cmd /S /C #(nop) COPY a b', 'COPY a b'],
  ['cmd /S /C dir', 'RUN dir'],
  ['RUN echo |1 x', 'RUN echo |1 x'],
  ['  ', null],
  [null, null],
])('%j reads %j', (raw, text) => {
  expect(readableInstruction(raw)).toBe(text);
});

test('a text without end is cut', () => {
  expect(readableInstruction(`RUN |1 ${'x '.repeat(1_000_000)}`)).toHaveLength(4096);
});
