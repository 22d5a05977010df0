import { apk } from './apk/cataloger.ts';
import type { Cataloger } from './cataloger.ts';
import { release } from './distro/cataloger.ts';
import { dpkg } from './dpkg/cataloger.ts';
import { npm } from './npm/cataloger.ts';
import { unsupported } from './unsupported/cataloger.ts';

/** Every cataloger there is. One that is not in this list does not exist. */
export const catalogers: readonly Cataloger[] = [release, dpkg, apk, npm, unsupported];
