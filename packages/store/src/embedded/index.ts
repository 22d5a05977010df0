export { eraseDataDirectory } from './erase.ts';
export type { EmbeddedPostgres } from './handle.ts';
export type { EmbeddedPostgresOptions } from './start.ts';
export { startEmbeddedPostgres } from './start.ts';
