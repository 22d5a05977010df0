import { AppError, type ErrorCode, errorTable } from '@soupcon/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endingOfCut, endingOfError, retryDelayMs } from './ending.ts';

describe('what comes of an error', () => {
  const codes = Object.keys(errorTable) as ErrorCode[];

  test.each(codes)('%s: as the table of errors says', (code) => {
    const { kind } = endingOfError(new AppError(code), 1, 1_000);
    expect(kind).toBe(errorTable[code].retry === 'backoff' || code === 'aborted' ? 'retry' : 'end');
  });

  test('what is no image is skipped, what is wrong with one is failed', () => {
    const stateOf = (code: ErrorCode) => {
      const ending = endingOfError(new AppError(code), 1, 1_000);
      return ending.kind === 'end' ? ending.end.state : null;
    };
    expect(stateOf('manifest_unsupported')).toBe('skipped');
    expect(stateOf('manifest_malformed')).toBe('failed');
  });

  test('the other side’s wish to be left alone is granted, within reason', () => {
    const delayOf = (retryAfterMs: unknown) => {
      const ending = endingOfError(new AppError('registry_rate_limited', { detail: { retryAfterMs } }), 1, 1_000);
      return ending.kind === 'retry' ? ending.delayMs : null;
    };
    expect(delayOf(90_000)).toBe(90_000);
    expect(delayOf(1e12)).toBe(600_000);
    expect(delayOf(null)).toBeLessThanOrEqual(1_000);
  });

  test('a sentence has no NUL and an end', () => {
    const ending = endingOfError(new AppError('layer_corrupt', { subject: `\u0000${'x'.repeat(5_000)}` }), 1, 1_000);
    const reason = ending.kind === 'end' ? ending.end.reason : null;
    expect(reason).toHaveLength(1_000);
    expect(reason).not.toContain('\u0000');
  });
});

test('a scan that was cut short is given back, cancelled, failed or somebody else’s', () => {
  expect(endingOfCut('stopping')).toEqual({ kind: 'give-back' });
  expect(endingOfCut('lost')).toEqual({ kind: 'lost' });
  expect(endingOfCut('opted-out')).toMatchObject({ end: { state: 'cancelled', reasonCode: 'repository_not_scanned' } });
  expect(endingOfCut('deadline')).toMatchObject({ end: { state: 'failed', reasonCode: 'deadline_exceeded' } });
});

test('delays grow fourfold, vary by up to a half, and end at ten minutes', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 60_000 }),
      chance,
      (attempt, first, random) => {
        const most = Math.min(first * 4 ** (attempt - 1), 600_000);
        const delayMs = retryDelayMs(attempt, first, random);
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(most / 2));
        expect(delayMs).toBeLessThanOrEqual(most);
      },
    ),
  );
});
