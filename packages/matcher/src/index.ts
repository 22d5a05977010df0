export type { Coverage, CoverageFeed } from './coverage.ts';
export { coverageOf } from './coverage.ts';
export { advisoryKeys, matcherVersion, matchPackage, matchPackages } from './match.ts';
export { unmatchedPackages, unmatchedReason } from './unmatched.ts';
