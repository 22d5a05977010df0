import { randomUUID } from 'node:crypto';
import { Secret } from '@soupcon/model';
import { describe, expect, test } from 'vitest';
import { migrate, schemaHash } from './migrate.ts';
import { openStore } from './open.ts';
import { openSealer } from './open-sealer.ts';
import { noSealer, sealingKey } from './sealing.ts';
import { testDatabase } from './testing/test-database.ts';

const key = (byte: number) => new Secret(Buffer.alloc(32, byte).toString('base64'));
const owner = { organizationId: randomUUID(), registryId: randomUUID() };
const missing = expect.objectContaining({ code: 'secret_key_missing' });

describe('a sealed value', () => {
  const { sealer } = sealingKey(key(1));
  const sealed = sealer.seal(new Secret('p\u00e4ssword'), owner);

  test('opens for whom it was sealed, and does not show what it is', () => {
    expect(sealer.open(sealed, owner).reveal()).toBe('p\u00e4ssword');
    expect(sealed.toString('latin1')).not.toContain('ssword');
    expect(sealer.seal(new Secret('p\u00e4ssword'), owner).equals(sealed)).toBe(false);
  });

  test('opens for no other registry and no other organization: it cannot be moved', () => {
    expect(() => sealer.open(sealed, { ...owner, registryId: randomUUID() })).toThrow(missing);
    expect(() => sealer.open(sealed, { ...owner, organizationId: randomUUID() })).toThrow(missing);
  });

  test('opens with no other key, and not when a bit of it was changed or the end is gone', () => {
    expect(() => sealingKey(key(2)).sealer.open(sealed, owner)).toThrow(missing);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => sealer.open(changed, owner), `byte ${at}`).toThrow(missing);
      expect(() => sealer.open(sealed.subarray(0, at), owner), `${at} bytes`).toThrow(missing);
    }
  });

  test('is not made and not opened without a key', () => {
    expect(() => noSealer.seal(new Secret('x'), owner)).toThrow(missing);
    expect(() => noSealer.open(sealed, owner)).toThrow(missing);
  });
});

test('a key that is not 32 bytes is a fault of the settings, and is not shown', () => {
  for (const text of ['', 'c2hvcnQ=', Buffer.alloc(33).toString('base64')]) {
    expect(() => sealingKey(new Secret(text))).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  }
});

test('at start a wrong key is told from the right one and from none, and seals nothing', async () => {
  const { url, drop } = await testDatabase({ template: await schemaHash(), migrate });
  const store = openStore({ url });
  try {
    expect((await openSealer(store, null)).state).toBe('missing');
    const starts = await Promise.all([key(1), key(1), key(1)].map((one) => openSealer(store, one)));
    expect(starts.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
    const wrong = await openSealer(store, key(2));
    expect(wrong.state).toBe('wrong');
    expect(() => wrong.sealer.seal(new Secret('x'), owner)).toThrow(missing);
    const { state, sealer } = await openSealer(store, key(1));
    expect(state).toBe('ready');
    expect(sealer.open(sealer.seal(new Secret('x'), owner), owner).reveal()).toBe('x');
  } finally {
    await store.close();
    await drop();
  }
});
