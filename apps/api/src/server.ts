import { AppError } from '@soupcon/model';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { buildApp } from './app.ts';
import type { ApiDeps } from './deps.ts';

export interface StartApiOptions extends Omit<ApiDeps, 'publicUrl'> {
  readonly config: {
    readonly host: string;
    /** 0 is any that is free. */
    readonly port: number;
    /** Null is the address that is listened at. */
    readonly publicUrl: string | null;
  };
}

export interface RunningApi {
  /** `http://host:port` as this machine reaches it. */
  readonly address: string;
  /** Answers what has come in, and closes the connections. */
  close(): Promise<void>;
}

/** Listens. The store is the caller's, and stays open. */
export async function startApi({ config, ...deps }: StartApiOptions): Promise<RunningApi> {
  const { host, port, publicUrl } = config;
  let address = '';
  const metrics = deps.metrics ?? processMetrics();
  const app = await buildApp({ ...deps, metrics, publicUrl: () => publicUrl ?? address });
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw cannotListen(error, `${host}:${port}`);
  }
  const [bound] = app.addresses();
  address = addressOf(typeof bound === 'object' ? bound : { address: host, port });
  deps.logger.info({ address }, 'api ready');
  return { address, close: () => app.close() };
}

function processMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** An address that listens everywhere is reached here at the loopback one. */
function addressOf({ address, port }: { readonly address: string; readonly port: number }): string {
  const reached = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

function cannotListen(error: unknown, where: string): unknown {
  const { code } = error as { code?: string };
  const reasons: Record<string, string> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such name',
  };
  const reason = reasons[code ?? ''];
  if (reason === undefined) return error;
  return new AppError('config_invalid', { subject: `cannot listen at ${where}: ${reason}`, cause: error });
}
