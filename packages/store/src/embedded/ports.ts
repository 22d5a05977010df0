import { createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody listened on a moment ago; somebody may since, so whoever binds it tries again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close((error) => {
        if (error) reject(error);
        else resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
