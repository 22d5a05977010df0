export { advisoryKeys, isMatched, matchPackage, matchPackages, unmatchedReason } from './match.ts';
