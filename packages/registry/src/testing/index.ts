export type { RealRegistry, RealRegistryOptions } from './real-registry.ts';
export { executablePath, freePort, missingPrograms, push, run, startRealRegistry } from './real-registry.ts';
