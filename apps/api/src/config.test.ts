import { AppError } from '@soupcon/model';
import { describe, expect, test } from 'vitest';
import { apiEnvironment, readApiConfig } from './config.ts';

const least = { DATABASE_URL: 'postgres://soupcon:x@db/soupcon' };

describe('the settings', () => {
  test('have defaults for everything but the database; what is empty is not set', () => {
    const empty = Object.fromEntries(Object.keys(apiEnvironment.shape).map((name) => [name, '']));
    expect(readApiConfig({ ...empty, ...least })).toEqual(readApiConfig(least));
    expect(readApiConfig(least)).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      redisUrl: null,
      secretKey: null,
      publicUrl: null,
      logLevel: 'info',
    });
  });

  test('are read', () => {
    const config = readApiConfig({
      ...least,
      SOUPCON_HOST: '0.0.0.0',
      SOUPCON_PORT: '0',
      REDIS_URL: 'redis://redis:6379',
      SOUPCON_SECRET_KEY: Buffer.alloc(32).toString('base64'),
      SOUPCON_PUBLIC_URL: 'https://soupcon.example/',
    });
    expect(config).toMatchObject({ host: '0.0.0.0', port: 0, publicUrl: 'https://soupcon.example' });
    expect(config.secretKey?.reveal()).toBe(Buffer.alloc(32).toString('base64'));
  });

  test('that are wrong are all named at once, and none of their values is repeated', () => {
    const wrong = {
      SOUPCON_PORT: '70000',
      DATABASE_URL: 'mysql://user:hunter2@db/x',
      REDIS_URL: 'hunter2',
      SOUPCON_SECRET_KEY: 'hunter2',
      SOUPCON_PUBLIC_URL: 'ftp://x',
      SOUPCON_LOG_LEVEL: 'loud',
      SOUPCON_RATE_LIMIT: 'many',
    };
    try {
      readApiConfig(wrong);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect(error.code).toBe('config_invalid');
      for (const name of Object.keys(wrong)) expect(error.message).toContain(name);
      expect(error.message).not.toContain('hunter2');
    }
    expect(() => readApiConfig({})).toThrow('DATABASE_URL is not set');
  });
});
