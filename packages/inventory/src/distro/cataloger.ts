import type { Cataloger } from '../cataloger.ts';
import { type ReleaseFacts, readRelease } from './facts.ts';

/** Keeps what names a distribution; {@link resolveDistro} reads it. It finds no packages of its own. */
export const release: Cataloger<ReleaseFacts> = {
  id: 'release',
  version: 1,
  source: 'https://www.freedesktop.org/software/systemd/man/latest/os-release.html',
  // `os-release*` and `*-release` also cover what /etc/os-release may be a link to.
  wants: ['*-release', 'os-release*', 'system-release-cpe', 'debian_version', 'apk/repositories'],
  read: readRelease,
  *resolve() {},
};
