export { advisoryKeys, matchPackage, matchPackages } from './match.ts';
export { unmatchedPackages, unmatchedReason } from './unmatched.ts';
