import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Logger } from '@soupcon/model';
import { createNet, describeUrl, type Net } from '@soupcon/net';
import type { KeptManifest } from './registry-content.ts';

/** A manifest that was put, and who put it. */
export interface ManifestPut {
  readonly repository: string;
  readonly tag: string | null;
  readonly manifest: KeptManifest;
  readonly request: { readonly id: string; readonly addr: string; readonly host: string; readonly useragent: string };
}

export interface RegistryNotices {
  /** Puts a notice into the queue, if somebody is to be told. */
  tell(put: ManifestPut): void;
  /** Ends what is under way; what was not delivered is dropped, as a registry that is stopped drops it. */
  close(): Promise<void>;
}

const tries = { max: 10, baseMs: 200, capMs: 2000, queueMax: 1000 } as const;

/**
 * Tells of manifests one by one, in order, and again until the answer is one of success, as the distribution registry
 * does; unlike it, not for ever.
 * @param notify where to, asked for each notice; null when nobody is to be told.
 * @see https://distribution.github.io/distribution/about/notifications/
 */
export function createNotices({ notify, logger }: { notify: () => URL | null; logger: Logger }): RegistryNotices {
  // The receiver is this program itself; nothing else is meant to be reached from here.
  const net = createNet({ allowPrivate: ['127.0.0.0/8', '::1/128', 'localhost'], timeouts: { totalMs: 5000 } });
  const stop = new AbortController();
  const instanceId = randomUUID();
  let queued = 0;
  let last = Promise.resolve();
  const deliver = async (url: URL, body: string) => {
    for (let failures = 0; failures < tries.max && !stop.signal.aborted; failures++) {
      if (failures > 0)
        await delay(Math.min(tries.capMs, tries.baseMs * 2 ** (failures - 1)), null, { signal: stop.signal });
      if (await wasTaken(net, url, body, stop.signal)) return;
    }
    if (!stop.signal.aborted) logger.warn({ url: describeUrl(url), tries: tries.max }, 'registry notice dropped');
  };
  return {
    tell(put) {
      const url = notify();
      if (url === null || stop.signal.aborted || queued >= tries.queueMax) return;
      const body = JSON.stringify({ events: [eventOf(put, instanceId)] }, null, 3);
      queued++;
      last = last
        .then(() => deliver(url, body))
        .catch((error: unknown) => {
          if (!stop.signal.aborted) logger.error({ error: String(error) }, 'registry notice failed');
        })
        .finally(() => queued--);
    },
    async close() {
      stop.abort();
      await last;
      await net.close();
    },
  };
}

async function wasTaken(net: Net, url: URL, body: string, signal: AbortSignal): Promise<boolean> {
  const headers = { 'content-type': 'application/vnd.docker.distribution.events.v1+json' };
  try {
    const response = await net.request({ method: 'POST', url, headers, body, bytesMax: 64 * 1024, signal });
    await response.discard();
    return response.status >= 200 && response.status < 400;
  } catch (error) {
    if (error instanceof AppError && error.code !== 'address_forbidden') return false;
    throw error;
  }
}

function eventOf({ repository, tag, manifest, request }: ManifestPut, instanceId: string): object {
  const { digest, mediaType, bytes } = manifest;
  const size = bytes.byteLength;
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'push',
    target: {
      mediaType,
      size,
      digest,
      length: size,
      repository,
      url: `http://${request.host}/v2/${repository}/manifests/${digest}`,
      ...(tag === null ? {} : { tag }),
    },
    request: { ...request, method: 'PUT' },
    actor: {},
    source: { addr: request.host, instanceID: instanceId },
  };
}
