import type { Secret } from '@soupcon/model';
import type { Store } from './open.ts';
import { noSealer, type Sealer, sealingKey } from './sealing.ts';
import { keepFirst } from './system/sealing-keys.ts';

/**
 * `ready`: secrets can be sealed and opened. `missing`: no key was given. `wrong`: the stored secrets were sealed with
 * another one. In the last two the sealer refuses, and everything that needs no secret goes on.
 */
export type SealerState = 'ready' | 'missing' | 'wrong';

/**
 * The sealer for a key, once it was held against the check value in the database. The first key there is becomes the one.
 * @param key 32 bytes as base64; null when the operator gave none.
 * @throws {AppError} `config_invalid` when it is no such key; `database_unavailable`.
 */
export async function openSealer(
  store: Store,
  key: Secret | null,
): Promise<{ readonly sealer: Sealer; readonly state: SealerState }> {
  if (key === null) return { sealer: noSealer, state: 'missing' };
  const { id, sealer, checkValue, opensCheckValue } = sealingKey(key);
  const kept = await store.asSystem((tx) => keepFirst(tx, { id, value: checkValue() }));
  const isRight = kept.id.equals(id) && opensCheckValue(kept.value);
  return isRight ? { sealer, state: 'ready' } : { sealer: noSealer, state: 'wrong' };
}
