import { AppError } from '@soupcon/model';
import type { NamedStatement, Store } from '@soupcon/store';
import { describe, expect, test } from 'vitest';
import { Intake } from './intake.ts';

const delivery = (name: string, events = 1) => ({
  registryId: name,
  provider: 'distribution',
  tokenHash: Buffer.alloc(32),
  events: Array.from({ length: events }, (_, index) => ({
    key: `${name} ${index}`,
    repository: 'team/app',
    tag: 'latest',
    digest: null,
    mediaType: null,
    pushedAt: null,
  })),
});

/** A store that takes what it is asked in pieces, and is told what to say to each. */
function storeThat(answer: (registries: readonly string[]) => Promise<void>) {
  const batches: (readonly string[])[] = [];
  let running = 0;
  let runningMost = 0;
  const query = async ({ values = [] }: NamedStatement) => {
    const registries = values[0] as string[];
    batches.push(registries);
    running += 1;
    runningMost = Math.max(runningMost, running);
    try {
      await answer(registries);
    } finally {
      running -= 1;
    }
    const isKnown = (name: string) => !name.startsWith('unknown');
    return registries.flatMap((name, of) => (isKnown(name) ? [{ of, accepted: 1, scans: of }] : []));
  };
  return { store: { single: { query } } as unknown as Store, batches, runningMost: () => runningMost };
}

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

describe('deliveries', () => {
  test('that come together go together, each answered with its own outcome', async () => {
    const { store, batches } = storeThat(soon);
    const intake = new Intake(store);
    const outcomes = await Promise.all(['a', 'unknown', 'b'].map((name) => intake.take(delivery(name))));
    expect(outcomes).toEqual([{ accepted: 1, scans: 0 }, null, { accepted: 1, scans: 2 }]);
    expect(batches).toEqual([['a', 'unknown', 'b']]);
  });

  test('that come while others are on their way wait for one of three, however many there are', async () => {
    const { store, batches, runningMost } = storeThat(soon);
    const intake = new Intake(store);
    const waves: Promise<unknown>[] = [];
    for (let wave = 0; wave < 12; wave += 1) {
      for (let one = 0; one < 10; one += 1) waves.push(intake.take(delivery(`${wave}/${one}`)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(waves);
    expect(runningMost()).toBe(3);
    expect(batches.flat()).toHaveLength(120);
    expect(batches.length).toBeLessThan(12);
  });

  test('of very many events go in pieces', async () => {
    const { store, batches } = storeThat(soon);
    const intake = new Intake(store);
    await Promise.all(['a', 'b', 'c'].map((name) => intake.take(delivery(name, 999))));
    expect(batches).toEqual([['a', 'b'], ['c']]);
  });
});

describe('what fails', () => {
  test('because of one delivery is that one alone', async () => {
    const fault = new TypeError('it cannot be kept');
    const { store } = storeThat((names) => (names.includes('bad') ? Promise.reject(fault) : soon()));
    const intake = new Intake(store);
    const outcomes = await Promise.allSettled(['a', 'bad', 'b'].map((name) => intake.take(delivery(name))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: fault });
  });

  test('because the database is away is told to all, and what comes later is tried again', async () => {
    let isAway = true;
    const away = new AppError('database_unavailable');
    const { store, batches } = storeThat(() => (isAway ? Promise.reject(away) : soon()));
    const intake = new Intake(store);
    const outcomes = await Promise.allSettled(['a', 'b'].map((name) => intake.take(delivery(name))));
    expect(outcomes).toMatchObject([{ reason: away }, { reason: away }]);
    expect(batches).toHaveLength(1);
    isAway = false;
    expect(await intake.take(delivery('c'))).toEqual({ accepted: 1, scans: 0 });
  });
});
