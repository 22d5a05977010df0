export * as keys from './keys.ts';
export * as optIns from './opt-ins.ts';
export type { Page, PageOf, PagePlace } from './page.ts';
export * as registries from './registries.ts';
export * as repositories from './repositories.ts';
export * as scanTargets from './scan-target.ts';
export * as scans from './scans.ts';
