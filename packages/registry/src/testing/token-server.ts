import { createPrivateKey, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendJson } from './fake-registry.ts';

/** Test support: a token server as the distribution registry trusts it, RS256 with the certificate in the header. */
export interface TokenServer {
  readonly realm: string;
  /** How many tokens were given. */
  tokens: number;
  /** Seconds that the registry honours a token; the answer always says 300. */
  lifetime: number;
  close(): Promise<void>;
}

export async function startTokenServer(keyPem: string, certPem: string, user: string): Promise<TokenServer> {
  const key = createPrivateKey(keyPem);
  const der = certPem.replace(/-----[A-Z ]+-----|\s/g, '');
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://token.invalid');
    const given = request.headers.authorization;
    if (given !== undefined && given !== `Basic ${Buffer.from(user).toString('base64')}`)
      return void sendJson(response, 401, {});
    const now = Math.floor(Date.now() / 1000);
    const access =
      given === undefined
        ? []
        : url.searchParams.getAll('scope').map((scope) => {
            const [, type, name, actions = ''] = /^([^:]+):(.+):([^:]*)$/.exec(scope) ?? [];
            return { type, name, actions: actions.split(',') };
          });
    const claims = {
      iss: 'test',
      sub: 'ann',
      aud: url.searchParams.get('service'),
      nbf: now - 60,
      iat: now,
      exp: now + made.lifetime,
      jti: `${made.tokens}`,
      access,
    };
    const text = `${encode({ typ: 'JWT', alg: 'RS256', x5c: [der] })}.${encode(claims)}`;
    made.tokens++;
    sendJson(response, 200, {
      token: `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`,
      expires_in: 300,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const made: TokenServer = {
    realm: `http://127.0.0.1:${port}/token`,
    tokens: 0,
    lifetime: 300,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return made;
}
