import { open } from 'node:fs/promises';
import { takeInventory } from '@soupcon/inventory';
import { AppError, hostArchitecture, type Logger } from '@soupcon/model';
import { openImage } from '@soupcon/registry/open';
import type { ScanOptions } from './args.ts';
import type { Config, Environment } from './config.ts';
import type { Io } from './io.ts';
import type { Network } from './network.ts';
import type { ScanSteps } from './pipeline.ts';
import { dataDirectory, hasStore } from './server/data-directory.ts';

const sbomBytesMax = 256 * 1024 * 1024;

/** The steps of a scan as the packages do them. `close` ends what the network left open. */
export function createSteps({
  config,
  options,
  logger,
  io,
  environment,
}: {
  config: Config;
  options: ScanOptions;
  logger: Logger;
  io: Io;
  environment: Environment;
}): ScanSteps & { close(): Promise<void> } {
  let opened: Promise<Network> | null = null;
  /** Loaded at the first need, which a scan of what lies on this machine does not have. */
  const network = () => {
    opened ??= import('./network.ts').then(({ openNetwork }) => openNetwork({ config, options, logger }));
    return opened;
  };
  const client = async () => (await network()).client;
  return {
    openImage: (reference, { platform, signal }) =>
      openImage(reference, { client, platform, hostArchitecture: hostArchitecture(process.arch), signal }),
    takeInventory,
    readSbom: async (path, reference) => {
      const { readSbom } = await import('@soupcon/inventory/sbom');
      return readSbom(await readWhole(path), reference);
    },
    match: async (place, packages, signal) => {
      // What reads advisories and scores them is a good part of the start-up, and an inventory alone does not need it.
      const [{ match }, { net }] = await Promise.all([import('./match.ts'), network()]);
      return match(place, packages, { net, signal, logger });
    },
    matchStored: async (packages, signal) => {
      const directory = dataDirectory(null, environment);
      if (!(await hasStore(directory))) return null;
      const { matchStore } = await import('./server/match-store.ts');
      return matchStore(directory, packages, { io, signal, environment });
    },
    close: async () => (await opened)?.net.close(),
  };
}

/** @throws {AppError} `source_not_found`, or `source_unreadable` also for more than 256 MiB. */
async function readWhole(path: string): Promise<Uint8Array> {
  if (path === '') throw new AppError('source_not_found', { subject: 'sbom: names no file' });
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > sbomBytesMax) throw new AppError('source_unreadable', { subject: `${path}: more than 256 MiB` });
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new AppError('source_not_found', { subject: path, cause });
    throw new AppError('source_unreadable', { subject: `${path} (${code})`, cause });
  }
}
