import type { SystemTx } from '../tx.ts';

/*
 * Advisory locks that end with their transaction. Two classes, so that a feed's number is never that of matching.
 *
 * A package must not miss an advisory because both came at the same moment. Who brings packages takes the lock of
 * matching shared before it reads advisories; who brings advisories takes it alone before it reads packages, once his are
 * written. Whoever is second sees, in its next statement, what the first has committed.
 */
const matchingClass = 7365;
const feedClass = 7366;

/** For a transaction that inserts packages: before it reads advisories. Many have it at once. */
export async function sharedMatching(tx: SystemTx): Promise<void> {
  await tx.query({ name: 'locks.sharedMatching', text: `select pg_advisory_xact_lock_shared(${matchingClass}, 0)` });
}

/** For a transaction that changes advisories: after it has written them, before it reads packages. */
export async function exclusiveMatching(tx: SystemTx): Promise<void> {
  await tx.query({ name: 'locks.exclusiveMatching', text: `select pg_advisory_xact_lock(${matchingClass}, 0)` });
}

/**
 * For the transaction that stays open while a feed is imported in others: it is not ended for being idle.
 * @returns false when another one has it.
 */
export async function tryFeed(tx: SystemTx, feedId: string): Promise<boolean> {
  await tx.query({
    name: 'locks.stayOpen',
    text: `select set_config('idle_in_transaction_session_timeout', '0', true)`,
  });
  const [row] = await tx.query<{ taken: boolean }>({
    name: 'locks.tryFeed',
    text: `select pg_try_advisory_xact_lock(${feedClass}, hashtext($1)) as taken`,
    values: [feedId],
  });
  return row?.taken === true;
}
