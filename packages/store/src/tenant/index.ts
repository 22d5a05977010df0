export * as scanTargets from './scan-target.ts';
