import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Logger, silentLogger } from '@soupcon/model';
import { expect, test, vi } from 'vitest';
import { Loop } from './loop.ts';

const until = (holds: () => unknown) => vi.waitUntil(holds, { timeout: 5_000, interval: 1 });

function recorder(): { lines: string[]; logger: Logger } {
  const lines: string[] = [];
  const say = (_fields: unknown, message: string) => void lines.push(message);
  return { lines, logger: { ...silentLogger, info: say, warn: say, error: say } };
}

test('runs at once, then again and again, one step at a time', async () => {
  let atOnce = 0;
  let steps = 0;
  const step = async () => {
    atOnce += 1;
    expect(atOnce).toBe(1);
    await sleep(2);
    atOnce -= 1;
    steps += 1;
  };
  const loop = new Loop({ name: 'test', everyMs: 1, step, logger: silentLogger });
  for (let k = 0; k < 20; k++) loop.wake();
  await until(() => steps > 4);
  await loop.close();
  const after = steps;
  await sleep(10);
  expect(steps).toBe(after);
});

test('being woken during a step makes another follow it', async () => {
  let steps = 0;
  const loop: Loop = new Loop({
    name: 'test',
    everyMs: 60_000,
    step: async () => {
      steps += 1;
      if (steps === 1) setTimeout(() => loop.wake());
      await sleep(10);
    },
    logger: silentLogger,
  });
  await until(() => steps === 2);
  await loop.close();
});

test('goes on after failures, and says so once: when they begin and when they are over', async () => {
  const { lines, logger } = recorder();
  let steps = 0;
  const step = async () => {
    steps += 1;
    if (steps < 4) throw new AppError('database_unavailable');
  };
  const loop = new Loop({ name: 'test', everyMs: 1, step, logger });
  await until(() => steps > 5);
  await loop.close();
  expect(lines).toEqual(['loop interrupted', 'loop resumed']);
});

test('being woken does not hurry it after a failure', async () => {
  let steps = 0;
  const step = async () => {
    steps += 1;
    throw new AppError('database_unavailable');
  };
  const loop = new Loop({ name: 'test', everyMs: 1, step, logger: silentLogger });
  for (let k = 0; k < 10; k++) {
    await sleep(5);
    loop.wake();
  }
  expect(steps).toBe(1);
  await loop.close();
});
