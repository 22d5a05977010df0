export * as advisories from './advisories.ts';
export * as findings from './findings.ts';
export * as images from './images.ts';
export * as layers from './layers.ts';
export * as ledger from './ledger.ts';
export * as locks from './locks.ts';
export * as packages from './packages.ts';
export * as profiles from './profiles.ts';
