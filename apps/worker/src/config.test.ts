import { AppError } from '@soupcon/model';
import { describe, expect, test } from 'vitest';
import { readWorkerConfig } from './config.ts';

const DATABASE_URL = 'postgres://soupcon:secret@db:5432/soupcon';

function faultsOf(environment: Record<string, string>): string {
  try {
    readWorkerConfig(environment);
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'config_invalid' });
    return (error as AppError).subject ?? '';
  }
}

describe('the settings of a worker', () => {
  test('need a database and nothing else', () => {
    expect(readWorkerConfig({ DATABASE_URL, REDIS_URL: '', HOME: '/root' })).toMatchObject({
      databaseUrl: DATABASE_URL,
      redisUrl: null,
      jobs: { concurrency: 2, window: 8, leaseMs: 30_000, deadlineMs: 1_800_000, attemptsMax: 5 },
      secretKey: null,
      logLevel: 'info',
      metricsPort: null,
    });
  });

  test('the window grows with the scans at once, unless it is set', () => {
    const SOUPCON_WORKER_CONCURRENCY = '6';
    expect(readWorkerConfig({ DATABASE_URL, SOUPCON_WORKER_CONCURRENCY }).jobs.window).toBe(24);
    const SOUPCON_QUEUE_WINDOW = '10';
    expect(readWorkerConfig({ DATABASE_URL, SOUPCON_WORKER_CONCURRENCY, SOUPCON_QUEUE_WINDOW }).jobs.window).toBe(10);
  });

  test('every fault is named at once, and no value', () => {
    const faults = faultsOf({
      REDIS_URL: 'http://hunter2@redis',
      SOUPCON_WORKER_CONCURRENCY: 'many',
      SOUPCON_LEASE_MS: '5',
      SOUPCON_SECRET_KEY: 'hunter2',
      SOUPCON_ADVISORIES_URL: 'ftp://mirror',
      SOUPCON_LOG_LEVEL: 'loud',
      SOUPCON_METRICS_PORT: '99999',
    });
    expect(faults.split('; ')).toEqual([
      'DATABASE_URL is missing',
      'REDIS_URL is not a URL such as redis://host:6379',
      'SOUPCON_WORKER_CONCURRENCY is not a whole number',
      'SOUPCON_LEASE_MS is less than 1000',
      'SOUPCON_SECRET_KEY is not 32 bytes in base64',
      'SOUPCON_ADVISORIES_URL is neither an http or https URL nor a directory',
      'SOUPCON_LOG_LEVEL is none of debug, info, warn, error, silent',
      'SOUPCON_METRICS_PORT is more than 65535',
    ]);
    expect(faults).not.toContain('hunter2');
  });

  test('the key is a secret', () => {
    const { secretKey } = readWorkerConfig({
      DATABASE_URL,
      SOUPCON_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    });
    expect(`${secretKey}`).toBe('[redacted]');
  });
});
