export * as images from './images.ts';
export * as layers from './layers.ts';
export * as ledger from './ledger.ts';
export * as packages from './packages.ts';
export * as profiles from './profiles.ts';
