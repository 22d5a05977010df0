/**
 * The ledger of scans, `tenant.scans`: the truth about what was scanned. A row goes waiting > queued > running > one of
 * done, failed, skipped, cancelled; who may end a running row is decided by its lease alone. `owner` is a new uuid for
 * every claim, so that whoever lost a lease cannot mistake the next one for his own.
 */
export type { Claim, ClaimedScan } from './ledger/claim.ts';
export { claim } from './ledger/claim.ts';
export type { ScanEnd } from './ledger/hold.ts';
export { finish, renew } from './ledger/hold.ts';
export type { LetGo } from './ledger/let-go.ts';
export { giveBack, retryLater } from './ledger/let-go.ts';
export type { OpenScans } from './ledger/queries.ts';
export { counts, coverChildren } from './ledger/queries.ts';
export type { Reason } from './ledger/reasons.ts';
export type { Sweep, SweepOptions } from './ledger/sweep.ts';
export { sweep } from './ledger/sweep.ts';
export type { HandedOut } from './ledger/take.ts';
export { take } from './ledger/take.ts';
