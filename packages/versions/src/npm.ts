import { parse, type SemVer } from 'semver';
import { defineScheme } from './scheme.ts';

/**
 * npm's order, by npm's own library in its loose mode: Semantic Versioning and what old packages have, `=1.2.3`, `v1.2.3`
 * and `1.2.3beta`. Numbers above 2^53 and more than 256 characters are refused by it.
 */
export const npm = defineScheme<SemVer>({
  id: 'npm',
  source: 'https://github.com/npm/node-semver#versions',
  parse: (text) => parse(text, { loose: true }) ?? 'it is not major.minor.patch with an optional pre-release and build',
  order: (a, b) => a.compare(b),
});
