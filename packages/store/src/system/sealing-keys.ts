import type { SystemTx } from '../tx.ts';

/** A key's id, and a value that was sealed with it: whether it opens tells whether a key is the same. */
export interface CheckValue {
  readonly id: Buffer;
  readonly value: Buffer;
}

/** Keeps the check value of the first key there is. @returns the one that is kept. */
export async function keepFirst(tx: SystemTx, { id, value }: CheckValue): Promise<CheckValue> {
  await tx.query({
    name: 'sealingKeys.keepFirst',
    text: 'insert into soupcon.sealing_keys (id, value) values ($1, $2) on conflict (is_the_only) do nothing',
    values: [id, value],
  });
  const [kept] = await tx.query<CheckValue & Record<string, unknown>>({
    name: 'sealingKeys.kept',
    text: 'select id, value from soupcon.sealing_keys',
  });
  return kept ?? { id, value };
}
