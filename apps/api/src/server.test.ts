import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger, loggedPath } from './logging.ts';
import { startApi } from './server.ts';
import { ApiBench } from './testing/api-bench.ts';

let bench: ApiBench;

beforeAll(async () => {
  bench = await ApiBench.open();
});
afterAll(() => bench.close());

const start = (port: number, publicUrl: string | null = null) =>
  startApi({
    config: { host: '127.0.0.1', port, publicUrl },
    store: bench.store,
    sealer: bench.sealer,
    logger: createLogger('silent'),
    rateLimit: { api: 100, hooks: 100 },
  });

const statusOf = (url: string) =>
  new Promise<number>((resolve, reject) => {
    request(url, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });

describe('the server', () => {
  test('listens, answers, and is gone when it is closed; the store stays open', async () => {
    const api = await start(0);
    expect(api.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await statusOf(`${api.address}/readyz`)).toBe(200);
    await api.close();
    await expect(statusOf(`${api.address}/healthz`)).rejects.toThrow('ECONNREFUSED');
    expect((await bench.call('GET', '/readyz')).status).toBe(200);
  });

  test('says who has its port', async () => {
    const first = await start(0);
    const port = Number(new URL(first.address).port);
    await expect(start(port)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('another program'),
    });
    await first.close();
  });

  test('has figures of the process, and two of them in one process do not meet', async () => {
    const [one, two] = [await start(0), await start(0)];
    expect(await statusOf(`${one.address}/metrics`)).toBe(200);
    expect(await statusOf(`${two.address}/metrics`)).toBe(200);
    await Promise.all([one.close(), two.close()]);
  });
});

test('what is logged of an address has neither token nor query', () => {
  const paths: [string, string][] = [
    ['/hooks/distribution/an-id/the-token', '/hooks/distribution/an-id/[redacted]'],
    ['/hooks/distribution/an-id/the-token/more?x=1', '/hooks/distribution/an-id/[redacted]'],
    ['/v1/keys?after=x', '/v1/keys'],
  ];
  for (const [url, logged] of paths) expect(loggedPath(url)).toBe(logged);
});

test('fields that are secret by their name are not logged, should somebody try', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  logger.info({ authorization: 'Bearer x1', token: 'x2', password: 'x3', path: '/y' }, 'request done');
  expect(lines[0]).toContain('"path":"/y"');
  expect(lines[0]).not.toMatch(/x[123]/);
});
