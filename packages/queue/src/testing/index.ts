export type { QueueBackend } from './backends.ts';
export { queueBackends } from './backends.ts';
