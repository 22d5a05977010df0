import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@soupcon/model';
import { createNet, type Net } from '@soupcon/net';
import { createRegistryClient, dockerCredentials, type RegistryClient } from '@soupcon/registry';
import type { ScanOptions } from './args.ts';
import type { Config } from './config.ts';
import { toolVersion } from './tool-version.ts';

/** What a scan reaches the world with. */
export interface Network {
  readonly net: Net;
  readonly client: RegistryClient;
}

/** The way out, with the certificates, the proxy and the credentials of whoever runs the command. */
export function openNetwork({
  config,
  options,
  logger,
}: {
  config: Config;
  options: Pick<ScanOptions, 'insecureRegistries'>;
  logger: Logger;
}): Network {
  const dockerDirectory = config.dockerConfigDirectory ?? join(homedir(), '.docker');
  const net = createNet({
    // On somebody's own machine their registries and mirrors may be anywhere; link-local addresses stay out of reach.
    allowPrivate: true,
    ca: config.certificates,
    proxy: config.proxy,
    userAgent: `soupcon/${toolVersion}`,
    logger,
  });
  const client = createRegistryClient({
    net,
    credentials: dockerCredentials({ configPath: join(dockerDirectory, 'config.json'), logger }),
    logger,
    insecure: [...config.insecureRegistries, ...options.insecureRegistries],
  });
  return { net, client };
}
