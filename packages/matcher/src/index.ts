export { advisoryKeys, matcherVersion, matchPackage, matchPackages } from './match.ts';
export { unmatchedPackages, unmatchedReason } from './unmatched.ts';
