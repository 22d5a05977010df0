import type { PackageIdentity } from '@soupcon/model';
import { alpine } from './alpine.ts';
import { debian } from './debian.ts';
import type { Family } from './family.ts';
import { npm } from './npm.ts';
import { ubuntu } from './ubuntu.ts';

/** Every family there is. To add one: a file beside this, a line here, and its rules in `match.test.ts`. */
export const families: readonly Family[] = [alpine, debian, npm, ubuntu];

export function familyOf(pkg: PackageIdentity): Family | null {
  return families.find((family) => family.handles(pkg)) ?? null;
}
