import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadAdvisories } from '@soupcon/advisories';
import { readSbom, takeInventory } from '@soupcon/inventory';
import { advisoryKeys, matchPackages, unmatchedReason } from '@soupcon/matcher';
import { AppError, hostArchitecture, type Logger, type Package } from '@soupcon/model';
import { createNet } from '@soupcon/net';
import { createRegistryClient, dockerCredentials, openImage } from '@soupcon/registry';
import type { ScanOptions } from './args.ts';
import type { Config } from './config.ts';
import type { Advisories, ScanSteps } from './pipeline.ts';
import { toolVersion } from './tool-version.ts';

const sbomBytesMax = 256 * 1024 * 1024;
const examplesShown = 3;

/** The steps of a scan as the packages do them. `close` ends what the network left open. */
export function createSteps({
  config,
  options,
  logger,
}: {
  config: Config;
  options: ScanOptions;
  logger: Logger;
}): ScanSteps & { close(): Promise<void> } {
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
  return {
    openImage: (reference, { platform, signal }) =>
      openImage(reference, { client, platform, hostArchitecture: hostArchitecture(process.arch), signal }),
    takeInventory,
    readSbom: async (path, reference) => readSbom(await readWhole(path), reference),
    loadAdvisories: async (place, packages, signal) => {
      const { index, report } = await loadAdvisories(place, wantedNames(packages), { net, signal, logger });
      return { index, ...describe(packages, report) };
    },
    matchPackages,
    close: () => net.close(),
  };
}

/** Names by ecosystem. */
function wantedNames(packages: readonly Package[]): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const one of packages) {
    for (const { ecosystem, names } of advisoryKeys(one)) {
      const known = wanted.get(ecosystem) ?? new Set();
      wanted.set(ecosystem, known);
      for (const name of names) known.add(name);
    }
  }
  return wanted;
}

type Report = Awaited<ReturnType<typeof loadAdvisories>>['report'];

/** What was not read or not matched is said, a line for each kind of it. */
function describe(packages: readonly Package[], { refused, missing }: Report): Omit<Advisories, 'index'> {
  const examples = refused.examples.slice(0, examplesShown).map(({ id, reason }) => `${id} (${reason})`);
  const unmatched = new Map<string, string[]>();
  for (const one of packages) {
    const ecosystems = advisoryKeys(one).map(({ ecosystem }) => ecosystem);
    const absent = ecosystems.length > 0 && ecosystems.every((ecosystem) => missing.includes(ecosystem));
    const reason = absent ? `the place has no advisories for ${ecosystems.join(', ')}` : unmatchedReason(one);
    if (reason !== null) unmatched.set(reason, [...(unmatched.get(reason) ?? []), one.name]);
  }
  const reasons = [...unmatched].map(([reason, names]) => {
    const what = names.length === 1 ? '1 package was' : `${names.length} packages were`;
    return `${what} not matched, such as ${names.slice(0, examplesShown).join(', ')}: ${reason}`;
  });
  const notMatched = [...unmatched.values()].reduce((sum, names) => sum + names.length, 0);
  const refusal = `${refused.count} advisory records could not be read and were left out, such as ${examples.join(', ')}`;
  return { matched: packages.length - notMatched, warnings: [...(refused.count > 0 ? [refusal] : []), ...reasons] };
}

/** @throws {AppError} `source_not_found`, or `source_unreadable` also for more than 256 MiB. */
async function readWhole(path: string): Promise<Uint8Array> {
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
