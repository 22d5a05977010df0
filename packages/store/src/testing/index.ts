export type { BenchRepository, BenchScan, LedgerRow } from '../system/ledger/testing/ledger-bench.ts';
export { LedgerBench } from '../system/ledger/testing/ledger-bench.ts';
export type { TestDatabase, TestDatabaseOptions } from './test-database.ts';
export { testDatabase } from './test-database.ts';
