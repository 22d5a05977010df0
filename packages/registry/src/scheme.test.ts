import { expect, test } from 'vitest';
import { createSchemes } from './scheme.ts';
import { newClient } from './testing/tracked.ts';

test('a registry is reached by https under its own name, Docker Hub under that of its API', async () => {
  const schemes = createSchemes(newClient().net, () => false);
  expect((await schemes.baseOf('ghcr.io')).href).toBe('https://ghcr.io/');
  expect((await schemes.baseOf('docker.io')).href).toBe('https://registry-1.docker.io/');
  expect((await schemes.baseOf('toString')).href).toBe('https://tostring/');
});
