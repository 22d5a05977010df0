export type { JobQueue, ScanJob, Workers } from './job-queue.ts';
export type { QueueSettings } from './open.ts';
export { openQueue } from './open.ts';
