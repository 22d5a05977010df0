import { AppError } from '@soupcon/model';
import type { Net } from '@soupcon/net';
import { SharedWork } from './shared-work.ts';

/** Docker Hub's name is not the host of its API. */
const apiHosts: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/** Finds out how a registry is reached, once for each. */
export interface Schemes {
  /** @returns the origin, such as `https://ghcr.io/`. */
  baseOf(registry: string, signal?: AbortSignal): Promise<URL>;
}

/**
 * https for all, except hosts that are `insecure` by choice or loopback: these are asked by https first and, when TLS
 * is not what they speak, by http. A certificate that is not trusted does not lead to http.
 */
export function createSchemes(net: Net, insecure: (registry: string) => boolean): Schemes {
  const known = new SharedWork<URL>({ keep: true });
  const find = async (registry: string) => {
    const secure = new URL(`https://${apiHosts.get(registry) ?? registry}/`);
    if (!insecure(registry) && !isLoopback(secure)) return secure;
    return (await speaksTls(net, secure)) ? secure : new URL(secure.href.replace(/^https:/, 'http:'));
  };
  return { baseOf: (registry, signal) => known.get(registry, () => find(registry), signal) };
}

async function speaksTls(net: Net, base: URL): Promise<boolean> {
  try {
    const response = await net.request({
      method: 'GET',
      url: new URL('/v2/', base.href),
      bytesMax: 64 * 1024,
      timeouts: { headersMs: 10_000, totalMs: 15_000 },
    });
    await response.discard();
    return true;
  } catch (error) {
    if (error instanceof AppError && isOtherThanTls(error)) return false;
    throw error;
  }
}

/** @see https://docs.docker.com/reference/cli/dockerd/#insecure-registries: loopback needs no setting. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** Not a certificate that is refused: that one does speak TLS. */
function isOtherThanTls({ code, detail: { failure } }: AppError): boolean {
  return failure === 'connection' || code === 'request_timeout';
}
