import { advisoryKeys } from '@soupcon/matcher';
import type { PackageIdentity } from '@soupcon/model';

/**
 * A name that is longer, in bytes of UTF-8, is none that advisories have: those that come with one leave that entry out.
 * A third of a page is what an index of Postgres can hold.
 */
export const nameBytesMax = 2000;

/** The names under which advisories find a package: rows of content.package_names. None where there are no rules for it. */
export function namesOf(identity: PackageIdentity): { readonly ecosystem: string; readonly name: string }[] {
  return advisoryKeys(identity).flatMap(({ ecosystem, names }) =>
    names.filter((name) => Buffer.byteLength(name) <= nameBytesMax).map((name) => ({ ecosystem, name })),
  );
}
